#include <roles/compute/job_run.hpp>
#include <roles/compute/mlp_run.hpp>
#include <roles/compute/rounds_run.hpp>

namespace roles {

namespace {

const std::vector<job_kind>& kinds() {
  static const auto table = [] {
    std::vector<job_kind> all;
    for (auto& x : models::model_kinds())
      all.push_back(x.make ? rounds_kind(x) : network_kind(x));
    return all;
  }();
  return table;
}

} // namespace

models::data_need need_of(const job_kind& kind, const nlohmann::json& params) {
  auto* model = models::find_model_kind(kind.name);
  return model && model->data_for ? model->data_for(params) : kind.data;
}

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
