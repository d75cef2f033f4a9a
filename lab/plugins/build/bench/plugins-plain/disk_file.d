build/bench/plugins-plain/disk_file.o: disk_file.cpp disk_file.hpp \
 ../models/device.hpp
disk_file.hpp:
../models/device.hpp:
