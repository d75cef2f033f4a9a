build/bench/plugins-plain/moment.o: moment.cpp moment.hpp bochs_api.hpp
moment.hpp:
bochs_api.hpp:
