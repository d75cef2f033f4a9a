build/bench/plugins-plain/carrier.o: carrier.cpp carrier.hpp \
 bochs_api.hpp board.hpp judge.hpp ../models/device.hpp
carrier.hpp:
bochs_api.hpp:
board.hpp:
judge.hpp:
../models/device.hpp:
