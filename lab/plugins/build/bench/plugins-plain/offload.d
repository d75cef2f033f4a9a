build/bench/plugins-plain/offload.o: ../models/ixgbe/offload.cpp \
 ../models/ixgbe/offload.hpp ../models/ixgbe/partner.hpp \
 ../models/ixgbe/packet.hpp ../models/ixgbe/spec.hpp
../models/ixgbe/offload.hpp:
../models/ixgbe/partner.hpp:
../models/ixgbe/packet.hpp:
../models/ixgbe/spec.hpp:
