build/bench/plugins-plain/packet.o: ../models/ixgbe/packet.cpp \
 ../models/ixgbe/packet.hpp
../models/ixgbe/packet.hpp:
