build/bench/plugins-plain/admin.o: ../models/nvme/admin.cpp \
 ../models/nvme/controller.hpp ../models/nvme/../device.hpp \
 ../models/nvme/spec.hpp
../models/nvme/controller.hpp:
../models/nvme/../device.hpp:
../models/nvme/spec.hpp:
