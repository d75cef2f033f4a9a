build/bench/plugins-plain/queues.o: ../models/nvme/queues.cpp \
 ../models/nvme/controller.hpp ../models/nvme/../device.hpp \
 ../models/nvme/spec.hpp
../models/nvme/controller.hpp:
../models/nvme/../device.hpp:
../models/nvme/spec.hpp:
