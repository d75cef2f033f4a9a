build/bench/plugins-plain/controller.o: ../models/nvme/controller.cpp \
 ../models/nvme/controller.hpp ../models/nvme/../device.hpp \
 ../models/nvme/spec.hpp
../models/nvme/controller.hpp:
../models/nvme/../device.hpp:
../models/nvme/spec.hpp:
