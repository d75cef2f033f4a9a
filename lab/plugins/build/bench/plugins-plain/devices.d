build/bench/plugins-plain/devices.o: devices.cpp devices.hpp carrier.hpp \
 bochs_api.hpp board.hpp judge.hpp ../models/device.hpp disk_file.hpp \
 tap.hpp ../models/ixgbe/partner.hpp ../models/ixgbe/echo.hpp \
 ../models/ixgbe/service.hpp ../models/ixgbe/packet.hpp \
 ../models/ixgbe/port.hpp ../models/ixgbe/fifo.hpp \
 ../models/ixgbe/offload.hpp ../models/ixgbe/spec.hpp \
 ../models/nvme/controller.hpp ../models/nvme/spec.hpp
devices.hpp:
carrier.hpp:
bochs_api.hpp:
board.hpp:
judge.hpp:
../models/device.hpp:
disk_file.hpp:
tap.hpp:
../models/ixgbe/partner.hpp:
../models/ixgbe/echo.hpp:
../models/ixgbe/service.hpp:
../models/ixgbe/packet.hpp:
../models/ixgbe/port.hpp:
../models/ixgbe/fifo.hpp:
../models/ixgbe/offload.hpp:
../models/ixgbe/spec.hpp:
../models/nvme/controller.hpp:
../models/nvme/spec.hpp:
