build/bench/plugins-plain/service.o: ../models/ixgbe/service.cpp \
 ../models/ixgbe/service.hpp ../models/ixgbe/packet.hpp \
 ../models/ixgbe/partner.hpp
../models/ixgbe/service.hpp:
../models/ixgbe/packet.hpp:
../models/ixgbe/partner.hpp:
