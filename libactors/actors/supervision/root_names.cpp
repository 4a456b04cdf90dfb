#include <actors/supervision/root_names.hpp>

namespace actors {

bool root_names::claim(const std::string& path) {
  std::lock_guard guard{mutex_};
  return taken_.insert(path).second;
}

void root_names::release(const std::string& path) {
  std::lock_guard guard{mutex_};
  taken_.erase(path);
}

} // namespace actors
