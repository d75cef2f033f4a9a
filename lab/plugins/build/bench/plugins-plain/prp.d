build/bench/plugins-plain/prp.o: ../models/nvme/prp.cpp \
 ../models/nvme/prp.hpp ../models/nvme/../device.hpp \
 ../models/nvme/spec.hpp
../models/nvme/prp.hpp:
../models/nvme/../device.hpp:
../models/nvme/spec.hpp:
