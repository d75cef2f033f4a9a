build/bench/plugins-plain/board.o: board.cpp board.hpp judge.hpp
board.hpp:
judge.hpp:
