build/bench/plugins-plain/processor.o: processor.cpp bochs_api.hpp \
 judge.hpp
bochs_api.hpp:
judge.hpp:
