build/bench/plugins-plain/echo.o: ../models/ixgbe/echo.cpp \
 ../models/ixgbe/echo.hpp ../models/ixgbe/partner.hpp \
 ../models/ixgbe/service.hpp ../models/ixgbe/packet.hpp
../models/ixgbe/echo.hpp:
../models/ixgbe/partner.hpp:
../models/ixgbe/service.hpp:
../models/ixgbe/packet.hpp:
