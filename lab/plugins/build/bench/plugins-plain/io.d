build/bench/plugins-plain/io.o: ../models/nvme/io.cpp \
 ../models/nvme/controller.hpp ../models/nvme/../device.hpp \
 ../models/nvme/spec.hpp ../models/nvme/prp.hpp
../models/nvme/controller.hpp:
../models/nvme/../device.hpp:
../models/nvme/spec.hpp:
../models/nvme/prp.hpp:
