build/bench/plugins-plain/plugin.o: plugin.cpp carrier.hpp bochs_api.hpp \
 board.hpp judge.hpp ../models/device.hpp control.hpp profile.hpp \
 devices.hpp moment.hpp special_cpu.hpp
carrier.hpp:
bochs_api.hpp:
board.hpp:
judge.hpp:
../models/device.hpp:
control.hpp:
profile.hpp:
devices.hpp:
moment.hpp:
special_cpu.hpp:
