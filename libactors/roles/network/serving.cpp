#include <models/core/error.hpp>
#include <roles/compute/job_memory.hpp>
#include <roles/controller/state.hpp>
#include <roles/core/ask.hpp>
#include <roles/network/predictions_csv.hpp>
#include <roles/network/serving.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

namespace roles {

namespace {

using nlohmann::json;
using self_ptr = caf::stateful_actor<serving_state>*;

constexpr uint64_t max_model_bytes = uint64_t{4} << 30;
constexpr size_t models_kept = 16;
constexpr int requests_at_once = 4; // of a batch: two workers' work and more
constexpr size_t max_rows_in_json = 100'000;
constexpr size_t max_numbers_in_json = size_t{1} << 21; // rows x classes
constexpr size_t max_numbers_in_csv = size_t{1} << 24;

// -- models -------------------------------------------------------------------

model_ptr load(chunk_store& store, const std::string& blob) {
  auto bytes = read_blob(store, blob, max_model_bytes);
  auto file = models::read_model(bytes, "", "model " + blob);
  auto model = std::make_shared<served_model>();
  model->kind = &models::kind_of(file);
  model->file =
    std::make_shared<const model_bytes>(model_bytes{blob, std::move(bytes)});
  model->pipeline = models::pipeline_from_json(file.pipeline);
  model->classes = file.classes;
  model->meaning =
    model->kind->meaning ? model->kind->meaning(file) : model->kind->outputs;
  file.tensors.clear();
  model->about = std::move(file);
  return model;
}

model_record find(self_ptr self, const std::string& name) {
  auto record = ask<model_record>(
    self->home_system(), self->state.links.state->get(), get_model{name});
  if (!record)
    throw record.error(); // caught by `guarded`
  return std::move(*record);
}

// -- inference ----------------------------------------------------------------

/// Rows on their way through the workers, a few requests at a time: a large
/// batch must neither lie in the router as a whole nor keep the workers from
/// everybody else. Calls `done` or `fail` once, at the latest when it is
/// dropped because the actor has ended.
struct batch {
  ~batch() {
    if (missing > 0 && !failed)
      fail(make_role_error(role_errc::unavailable,
                           "serving is being restarted; try again"));
  }

  model_ptr model;
  std::vector<float> features; ///< rows x inputs
  std::vector<float> outputs;  ///< rows x classes
  size_t rows = 0;
  size_t sent = 0;    ///< rows
  size_t missing = 0; ///< rows without an answer
  bool failed = false;
  std::function<void(batch&)> done;
  std::function<void(const caf::error&)> fail;
};

using batch_ptr = std::shared_ptr<batch>;

void refuse(batch& b, const caf::error& why) {
  if (!std::exchange(b.failed, true))
    b.fail(why);
}

/// Takes the answer for `n` rows.
void take(batch& b, size_t first, size_t n, const infer_report& report) {
  auto classes = b.model->classes.size();
  if (report.values.size() != n * classes * sizeof(float)) {
    refuse(b, make_role_error(role_errc::failed, "a worker answered nonsense"));
    return;
  }
  std::memcpy(b.outputs.data() + first * classes, report.values.data(),
              report.values.size());
  b.missing -= n;
  if (b.missing == 0 && !b.failed)
    b.done(b);
}

/// Sends the next request of a batch, and another one for each answer.
void send_next(self_ptr self, const batch_ptr& b) {
  if (b->failed || b->sent == b->rows)
    return;
  auto inputs = b->model->pipeline.inputs();
  auto most = max_infer_rows(static_cast<uint32_t>(inputs));
  auto first = b->sent;
  auto n = std::min<size_t>(most, b->rows - first);
  b->sent += n;
  route_infer order{b->model->file, static_cast<uint32_t>(n), {}};
  order.features.assign(
    reinterpret_cast<const char*>(b->features.data() + first * inputs),
    n * inputs * sizeof(float));
  self
    ->request(self->state.links.router->get(), std::chrono::minutes{2},
              std::move(order))
    .then(
      [self, b, first, n](const infer_report& report) {
        take(*b, first, n, report);
        send_next(self, b);
      },
      [b](const caf::error& why) { refuse(*b, why); });
}

void infer(self_ptr self, const batch_ptr& b) {
  b->outputs.resize(b->rows * b->model->classes.size());
  b->missing = b->rows;
  for (int i = 0; i < requests_at_once; ++i)
    send_next(self, b);
}

const std::string& label_of(const served_model& model,
                            std::span<const float> outputs) {
  return model.classes[model.meaning.choose(outputs)];
}

using choice = models::output_meaning::choice;

/// Whether a row gets one label.
bool has_label(const served_model& model) {
  return model.meaning.label == choice::largest
         || model.meaning.label == choice::least;
}

json prediction_json(const served_model& model,
                     std::span<const float> outputs) {
  if (model.meaning.label == choice::none)
    return outputs.size() == 1 ? json(outputs[0]) : json(outputs);
  json values = json::object();
  for (size_t c = 0; c < outputs.size(); ++c)
    values[model.classes[c]] = outputs[c];
  if (model.meaning.label == choice::several) {
    json labels = json::array();
    for (size_t c = 0; c < outputs.size(); ++c)
      if (outputs[c] > 0.5f)
        labels.push_back(model.classes[c]);
    return {{"labels", std::move(labels)},
            {std::string{model.meaning.name}, std::move(values)}};
  }
  return {{"label", label_of(model, outputs)},
          {std::string{model.meaning.name}, std::move(values)}};
}

std::span<const float>
outputs_of(const batch& b, const served_model& model, size_t row) {
  auto n = model.classes.size();
  return std::span{b.outputs}.subspan(row * n, n);
}

json measures(const served_model& model,
              const models::dataset& data,
              std::span<const float> outputs) {
  if (!model.kind->evaluate)
    throw models::data_error{"models of the kind "
                             + std::string{model.kind->name}
                             + " are not evaluated"};
  return model.kind->evaluate(model.about, data, outputs);
}

models::label_need labels_for(const served_model& model) {
  return model.kind->data == models::data_need::labelled
           ? models::label_need::required
           : models::label_need::optional;
}

/// The rows of a block as features. @throws models::data_error
models::dataset transformed(const served_model& model,
                            const models::table& table) {
  auto columns = model.pipeline.inputs() + model.classes.size();
  require_memory(static_cast<double>(table.rows * columns * sizeof(float)),
                 table.report.path + ": what the model makes of it",
                 "a part of the file needs less");
  return model.pipeline.transform(table);
}

/// Adds, for each row, whether a value is missing.
void add_incomplete(const models::table& block, std::vector<bool>& rows) {
  auto columns = block.schema.columns.size();
  auto first = rows.size();
  rows.resize(first + block.rows);
  for (size_t i = 0; i < block.values.size(); ++i)
    if (std::isnan(block.values[i]))
      rows[first + i / columns] = true;
}

/// Reads a file block by block; what stays is the features and the labels.
/// @param most rows, or the file is refused
/// @param incomplete receives, for each row, whether a value is missing
/// @throws models::data_error
models::dataset read_blocks(const served_model& model,
                            const data_request& request,
                            chunk_store& store,
                            models::label_need labels,
                            size_t most = SIZE_MAX,
                            std::vector<bool>* incomplete = nullptr) {
  table_stream file{request, store, model.pipeline.schema, labels};
  models::dataset all;
  while (auto* block = file.next()) {
    all.rows += block->rows;
    if (all.rows > most)
      throw models::data_error{request.data.path + ": has more than "
                               + std::to_string(most)
                               + " rows, the most that are predicted at once;"
                                 " split the file"};
    if (incomplete != nullptr)
      add_incomplete(*block, *incomplete);
    auto part = transformed(model, *block);
    all.inputs = part.inputs;
    all.features.insert(all.features.end(), part.features.begin(),
                        part.features.end());
    all.labels.insert(all.labels.end(), part.labels.begin(), part.labels.end());
  }
  all.report = file.report();
  return all;
}

// -- requests -----------------------------------------------------------------

/// What the workers are asked, and how their answers make a reply.
template <class Reply>
struct question {
  std::vector<float> features; ///< rows x inputs
  size_t rows = 0;
  std::function<Reply(batch&)> reply;
};

/// Answers a request about a model: `ask(record, model)` makes the question;
/// what it throws becomes the answer.
template <class Reply, class Ask>
caf::result<Reply> answer(self_ptr self, const std::string& name, Ask ask) {
  using promise_type = caf::typed_response_promise<Reply>;
  auto promise = self->make_response_promise<promise_type>();
  try {
    auto record = find(self, name);
    auto& links = self->state.links;
    auto model = links.models->get(*links.store, record.blob);
    question<Reply> q = ask(record, model);
    auto b = std::make_shared<batch>();
    b->model = model;
    b->features = std::move(q.features);
    b->rows = q.rows;
    b->fail = [promise](const caf::error& e) mutable { promise.deliver(e); };
    b->done = [promise, reply = std::move(q.reply)](batch& all) mutable {
      try {
        promise.deliver(reply(all));
      } catch (...) { // a kind that refuses to judge
        promise.deliver(error_in_flight());
      }
    };
    infer(self, b);
  } catch (caf::error& e) {
    promise.deliver(std::move(e));
  } catch (...) {
    promise.deliver(error_in_flight());
  }
  return promise;
}

caf::result<json_reply> on_evaluate(self_ptr self, const evaluate_request& x) {
  return answer<json_reply>(
    self, x.model, [&](const model_record& record, const model_ptr& model) {
      auto& links = self->state.links;
      auto request =
        parse_data(x.data, *links.names, *links.store, &model->pipeline);
      auto set = read_blocks(*model, request, *links.store, labels_for(*model));
      question<json_reply> q{set.features, set.rows, {}};
      q.reply = [set = std::move(set), record, model](batch& all) {
        return json_reply{{{"model", record.name},
                           {"version", record.version},
                           {"rows", set.rows},
                           {"classes", model->classes},
                           {"data", models::to_json(set.report)},
                           {"metrics", measures(*model, set, all.outputs)}}};
      };
      return q;
    });
}

std::vector<models::cell> cells_of(const json& row, size_t number) {
  if (!row.is_array())
    throw std::invalid_argument{"rows[" + std::to_string(number)
                                + "]: expected a list of values"};
  std::vector<models::cell> cells;
  for (auto& x : row) {
    if (x.is_number())
      cells.emplace_back(x.get<double>());
    else if (x.is_string())
      cells.emplace_back(x.get<std::string>());
    else
      throw std::invalid_argument{"rows[" + std::to_string(number)
                                  + "]: expected numbers or texts"};
  }
  return cells;
}

/// What is to be predicted.
struct asked_rows {
  std::vector<float> features; ///< rows x inputs
  size_t rows = 0;
  std::vector<bool> left_out; ///< rows without an answer; empty: none
  json report;                ///< what was read of a file
};

asked_rows rows_by_hand(const served_model& model, const json& list) {
  if (!list.is_array() || list.empty())
    throw std::invalid_argument{"rows: expected a list of rows"};
  asked_rows asked;
  for (auto& row : list) {
    auto x = model.pipeline.transform_row(cells_of(row, asked.rows++));
    asked.features.insert(asked.features.end(), x.begin(), x.end());
  }
  return asked;
}

/// All rows of a file in its order. Its label, if there is one, is not looked
/// at; `missing: drop` leaves the answer out, not the row.
asked_rows rows_of_file(self_ptr self,
                        const served_model& model,
                        const json& data,
                        size_t max_rows,
                        size_t max_numbers) {
  auto& links = self->state.links;
  auto request = parse_data(data, *links.names, *links.store, &model.pipeline);
  auto drops = request.options.missing == models::missing_policy::drop;
  if (drops)
    request.options.missing = models::missing_policy::mean;
  auto most = max_numbers / std::max<size_t>(1, model.classes.size());
  asked_rows asked;
  auto set =
    read_blocks(model, request, *links.store, models::label_need::none,
                std::min(max_rows, most), drops ? &asked.left_out : nullptr);
  asked.rows = set.rows;
  asked.features = std::move(set.features);
  asked.report = models::to_json(set.report);
  return asked;
}

/// What the body holds: rows by hand, or a file.
asked_rows rows_asked(self_ptr self,
                      const served_model& model,
                      const json& body,
                      size_t max_rows,
                      size_t max_numbers) {
  if (auto i = body.find("rows"); i != body.end())
    return rows_by_hand(model, *i);
  auto i = body.find("data");
  if (i == body.end())
    throw std::invalid_argument{"give 'rows' or 'data'"};
  return rows_of_file(self, model, *i, max_rows, max_numbers);
}

caf::result<json_reply> on_predict(self_ptr self, const predict_request& x) {
  return answer<json_reply>(
    self, x.model, [&](const model_record& record, const model_ptr& model) {
      auto asked =
        rows_asked(self, *model, x.body, max_rows_in_json, max_numbers_in_json);
      question<json_reply> q{std::move(asked.features), asked.rows, {}};
      q.reply = [rows = q.rows, record, model, report = std::move(asked.report),
                 left_out = std::move(asked.left_out)](batch& all) {
        json predictions = json::array();
        for (size_t row = 0; row < rows; ++row)
          predictions.push_back(
            !left_out.empty() && left_out[row]
              ? json()
              : prediction_json(*model, outputs_of(all, *model, row)));
        json answer{{"model", record.name},
                    {"version", record.version},
                    {"predictions", std::move(predictions)}};
        if (!report.is_null())
          answer["data"] = report;
        return json_reply{std::move(answer)};
      };
      return q;
    });
}

/// The names of the columns of predictions as CSV.
std::vector<std::string> csv_header(const served_model& model) {
  std::vector<std::string> names;
  if (model.meaning.label == choice::none)
    return model.classes;
  if (has_label(model))
    names.emplace_back("prediction");
  std::string prefix{model.meaning.name};
  for (auto& name : model.classes)
    names.push_back((prefix == "probabilities" ? "p" : prefix) + "_" + name);
  return names;
}

caf::result<csv_reply> on_predict_csv(self_ptr self,
                                      const predict_csv_request& x) {
  return answer<csv_reply>(
    self, x.model, [&](const model_record&, const model_ptr& model) {
      auto asked =
        rows_asked(self, *model, x.body, SIZE_MAX, max_numbers_in_csv);
      question<csv_reply> q{std::move(asked.features), asked.rows, {}};
      q.reply = [rows = q.rows, model,
                 left_out = std::move(asked.left_out)](batch& all) {
        std::vector<std::string> labels;
        for (size_t row = 0; row < rows && has_label(*model); ++row)
          labels.push_back(label_of(*model, outputs_of(all, *model, row)));
        return csv_reply{predictions_csv(csv_header(*model), labels,
                                         all.outputs, rows, left_out)};
      };
      return q;
    });
}

caf::result<inference> on_infer(self_ptr self, const infer_request& x) {
  return answer<inference>(
    self, x.model, [&](const model_record& record, const model_ptr& model) {
      auto columns = model->pipeline.schema.columns.size();
      if (x.rows == 0 || columns == 0 || x.values.size() % columns != 0
          || x.values.size() / columns != x.rows)
        throw models::data_error{"the model takes rows of "
                                 + std::to_string(columns) + " numbers"};
      question<inference> q;
      q.rows = x.rows;
      q.features.resize(x.rows * model->pipeline.inputs());
      model->pipeline.transform_numbers(x.values, x.rows, q.features);
      q.reply = [rows = x.rows, record, model](batch& all) {
        inference result{record, {}, std::string{model->meaning.name}, {}};
        for (size_t row = 0; row < rows && has_label(*model); ++row)
          result.labels.push_back(
            label_of(*model, outputs_of(all, *model, row)));
        result.values = std::move(all.outputs);
        return result;
      };
      return q;
    });
}

} // namespace

model_ptr served_models::find(const std::string& blob) {
  std::lock_guard guard{mutex_};
  for (auto i = newest_.begin(); i != newest_.end(); ++i) {
    if ((*i)->file->sha256 != blob)
      continue;
    auto model = *i;
    newest_.erase(i);
    newest_.push_front(model);
    return model;
  }
  return nullptr;
}

model_ptr served_models::get(chunk_store& store, const std::string& blob) {
  if (auto model = find(blob))
    return model;
  auto model = load(store, blob); // others need not wait for the disk
  std::lock_guard guard{mutex_};
  newest_.push_front(model);
  if (newest_.size() > models_kept)
    newest_.pop_back();
  return model;
}

caf::behavior serving_actor(self_ptr self, serving_links links) {
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  self->state.links = std::move(links);
  return {
    [self](const evaluate_request& x) { return on_evaluate(self, x); },
    [self](const predict_request& x) { return on_predict(self, x); },
    [self](const predict_csv_request& x) { return on_predict_csv(self, x); },
    [self](const infer_request& x) { return on_infer(self, x); },
  };
}

} // namespace roles
