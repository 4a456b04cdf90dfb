#include <roles/compute/job_run.hpp>
#include <roles/compute/mlp_run.hpp>

#include <array>

namespace roles {

namespace {

const std::array<job_kind, 1>& kinds() {
  static const std::array<job_kind, 1> table{mlp_kind()};
  return table;
}

} // namespace

const job_kind* find_job_kind(std::string_view name) {
  for (auto& x : kinds())
    if (x.name == name)
      return &x;
  return nullptr;
}

std::string list_of_job_kinds() {
  std::string text;
  for (auto& x : kinds())
    text += (text.empty() ? "" : ", ") + std::string{x.name};
  return text;
}

} // namespace roles
