build/bench/plugins-plain/tap.o: tap.cpp tap.hpp \
 ../models/ixgbe/partner.hpp bochs_api.hpp
tap.hpp:
../models/ixgbe/partner.hpp:
bochs_api.hpp:
