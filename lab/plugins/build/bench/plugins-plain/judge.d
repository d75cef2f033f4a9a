build/bench/plugins-plain/judge.o: judge.cpp judge.hpp
judge.hpp:
