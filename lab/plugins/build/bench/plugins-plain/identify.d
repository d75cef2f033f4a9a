build/bench/plugins-plain/identify.o: ../models/nvme/identify.cpp \
 ../models/nvme/controller.hpp ../models/nvme/../device.hpp \
 ../models/nvme/spec.hpp ../models/nvme/prp.hpp
../models/nvme/controller.hpp:
../models/nvme/../device.hpp:
../models/nvme/spec.hpp:
../models/nvme/prp.hpp:
