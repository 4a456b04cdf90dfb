#pragma once

#include <stdexcept>
#include <string>

namespace models {

/// A data or model file that cannot be used: names the file, the place in it
/// and the remedy. Thrown by readers; wrong shapes and parameters throw
/// `std::invalid_argument` instead.
class data_error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

} // namespace models
