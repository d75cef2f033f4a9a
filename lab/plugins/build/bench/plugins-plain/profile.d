build/bench/plugins-plain/profile.o: profile.cpp profile.hpp judge.hpp \
 bochs_api.hpp board.hpp
profile.hpp:
judge.hpp:
bochs_api.hpp:
board.hpp:
