build/bench/plugins-plain/interrupt.o: ../models/ixgbe/interrupt.cpp \
 ../models/ixgbe/port.hpp ../models/ixgbe/../device.hpp \
 ../models/ixgbe/fifo.hpp ../models/ixgbe/partner.hpp \
 ../models/ixgbe/offload.hpp ../models/ixgbe/packet.hpp \
 ../models/ixgbe/spec.hpp
../models/ixgbe/port.hpp:
../models/ixgbe/../device.hpp:
../models/ixgbe/fifo.hpp:
../models/ixgbe/partner.hpp:
../models/ixgbe/offload.hpp:
../models/ixgbe/packet.hpp:
../models/ixgbe/spec.hpp:
