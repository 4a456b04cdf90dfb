#include <models/core/error.hpp>

#include <formats/onnx.hpp>

namespace formats {

std::string onnx_file(const models::model_file&, const std::string& name) {
  throw models::data_error(name
                           + ": this build writes no ONNX: it was made "
                             "without libonnx");
}

} // namespace formats
