#include <models/core/error.hpp>
