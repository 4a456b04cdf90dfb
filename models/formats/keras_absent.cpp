#include <models/core/error.hpp>

#include <formats/keras.hpp>

namespace formats {

std::string keras_file(const models::model_file&, const std::string& name) {
  throw models::data_error(name
                           + ": this build writes no HDF5: it was made "
                             "without libhdf5");
}

models::model_file read_keras(std::string_view, const std::string& path) {
  throw models::data_error(path
                           + ": this build reads no HDF5: it was made "
                             "without libhdf5");
}

} // namespace formats
