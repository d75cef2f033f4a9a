build/bench/plugins-plain/control.o: control.cpp control.hpp \
 bochs_api.hpp profile.hpp judge.hpp board.hpp
control.hpp:
bochs_api.hpp:
profile.hpp:
judge.hpp:
board.hpp:
