#include <models/parallel/checkpoint.hpp>
#include <models/parallel/phase_plan.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace models {

namespace {

using nlohmann::json;

constexpr int format = 1;

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("checkpoint: " + what);
}

std::vector<float> take(const packed_checkpoint& packed,
                        const std::string& name) {
  for (auto& tensor : packed.tensors)
    if (tensor.name == name)
      return tensor.values;
  refuse("no tensor " + name);
}

json to_json(const epoch_result& r) {
  return {{"epoch", r.epoch},
          {"loss", r.loss},
          {"accuracy", r.accuracy},
          {"val_loss", r.val_loss},
          {"val_accuracy", r.val_accuracy}};
}

epoch_result epoch_from(const json& j) {
  return {j.at("epoch"), j.at("loss"), j.at("accuracy"), j.at("val_loss"),
          j.at("val_accuracy")};
}

/// Everything but the tensors.
checkpoint from_json(const std::string& text) {
  auto j = json::parse(text);
  if (j.at("format") != format)
    refuse("format " + j.at("format").dump() + ", expected "
           + std::to_string(format));
  checkpoint c;
  c.step = j.at("step");
  auto& stop = j.at("stop");
  c.stop = {stop.at("patience"), stop.at("any"), stop.at("best_loss"),
            stop.at("best_epoch"), stop.at("without")};
  for (auto& epoch : j.at("history"))
    c.history.push_back(epoch_from(epoch));
  j.at("step_losses").get_to(c.step_losses);
  j.at("step_hits").get_to(c.step_hits);
  return c;
}

} // namespace

packed_checkpoint pack(const checkpoint& c) {
  json history = json::array();
  for (auto& epoch : c.history)
    history.push_back(to_json(epoch));
  json j = {{"format", format},
            {"step", c.step},
            {"stop",
             {{"patience", c.stop.patience},
              {"any", c.stop.any},
              {"best_loss", c.stop.best_loss},
              {"best_epoch", c.stop.best_epoch},
              {"without", c.stop.without}}},
            {"history", history},
            {"step_losses", c.step_losses},
            {"step_hits", c.step_hits}};
  return {{{"w", {c.w.size()}, c.w},
           {"m", {c.m.size()}, c.m},
           {"v", {c.v.size()}, c.v},
           {"best", {c.best.size()}, c.best}},
          j.dump()};
}

checkpoint unpack(const packed_checkpoint& packed) {
  try {
    auto c = from_json(packed.json);
    c.w = take(packed, "w");
    c.m = take(packed, "m");
    c.v = take(packed, "v");
    c.best = take(packed, "best");
    return c;
  } catch (const json::exception& e) {
    refuse(e.what());
  }
}

void check(const checkpoint& c,
           const training_config& config,
           row_counts rows) {
  check(config);
  if (rows.train == 0)
    refuse("no rows to train on");
  phase_plan plan(config, rows);
  auto floats = mlp_layout(config.net).parameters();
  for (auto block : {&c.w, &c.m, &c.v, &c.best})
    if (block->size() != floats)
      refuse(std::to_string(block->size()) + " parameters, expected "
             + std::to_string(floats));
  auto epochs = c.step / plan.steps();
  if (epochs > config.epochs || c.history.size() != epochs)
    refuse("step " + std::to_string(c.step) + " with "
           + std::to_string(c.history.size()) + " epochs of "
           + std::to_string(config.epochs));
  auto steps = c.step % plan.steps();
  if (c.step_losses.size() != steps || c.step_hits.size() != steps)
    refuse("results of " + std::to_string(c.step_losses.size())
           + " steps, expected " + std::to_string(steps));
  if (c.stop.patience != config.patience)
    refuse("patience " + std::to_string(c.stop.patience) + ", expected "
           + std::to_string(config.patience));
}

} // namespace models
