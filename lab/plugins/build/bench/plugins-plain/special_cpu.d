build/bench/plugins-plain/special_cpu.o: special_cpu.cpp special_cpu.hpp \
 bochs_api.hpp
special_cpu.hpp:
bochs_api.hpp:
