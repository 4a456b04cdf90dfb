#include <models/core/error.hpp>
#include <roles/controller/state.hpp>
#include <roles/core/ask.hpp>
#include <roles/network/serving.hpp>

#include <algorithm>
#include <cstring>
#include <functional>

namespace roles {

namespace {

using nlohmann::json;
using self_ptr = caf::stateful_actor<serving_state>*;
using model_ptr = std::shared_ptr<const served_model>;

constexpr uint64_t max_model_bytes = uint64_t{4} << 30;
constexpr size_t models_kept = 16;
constexpr size_t max_rows_answered = 100'000;

// -- models -------------------------------------------------------------------

model_ptr load(self_ptr self, const std::string& blob) {
  auto& st = self->state;
  for (auto& x : st.cache)
    if (x->file->sha256 == blob)
      return x;
  auto bytes = read_blob(*st.links.store, blob, max_model_bytes);
  auto file = models::read_model(bytes, "mlp", "model " + blob);
  auto model = std::make_shared<served_model>();
  model->file =
    std::make_shared<const model_bytes>(model_bytes{blob, std::move(bytes)});
  model->pipeline = models::pipeline_from_json(file.pipeline);
  model->classes = std::move(file.classes);
  st.cache.push_front(model);
  if (st.cache.size() > models_kept)
    st.cache.pop_back();
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

/// Rows on their way through the workers; calls `done` or `fail` once, at the
/// latest when it is dropped because the actor has ended.
struct batch {
  ~batch() {
    if (missing > 0 && !failed)
      fail(make_role_error(role_errc::unavailable,
                           "serving is being restarted; try again"));
  }

  std::vector<float> probabilities; ///< rows x classes
  size_t missing = 0;
  bool failed = false;
  std::function<void(batch&)> done;
  std::function<void(const caf::error&)> fail;
};

void infer(self_ptr self,
           const model_ptr& model,
           const std::vector<float>& features,
           size_t rows,
           std::shared_ptr<batch> b) {
  auto inputs = model->pipeline.inputs();
  auto classes = model->classes.size();
  auto most = max_infer_rows(static_cast<uint32_t>(inputs));
  b->probabilities.resize(rows * classes);
  b->missing = (rows + most - 1) / most;
  for (size_t first = 0; first < rows; first += most) {
    auto n = std::min<size_t>(most, rows - first);
    route_infer order{model->file, static_cast<uint32_t>(n), {}};
    order.features.assign(
      reinterpret_cast<const char*>(features.data() + first * inputs),
      n * inputs * sizeof(float));
    self
      ->request(self->state.links.router->get(), std::chrono::minutes{2},
                std::move(order))
      .then(
        [b, first, classes, n](const infer_report& report) {
          if (report.probabilities.size() != n * classes * sizeof(float)) {
            if (!std::exchange(b->failed, true))
              b->fail(make_role_error(role_errc::failed,
                                      "a worker answered nonsense"));
            return;
          }
          std::memcpy(b->probabilities.data() + first * classes,
                      report.probabilities.data(), report.probabilities.size());
          if (--b->missing == 0 && !b->failed)
            b->done(*b);
        },
        [b](const caf::error& why) {
          if (!std::exchange(b->failed, true))
            b->fail(why);
        });
  }
}

size_t best_class(const batch& b, size_t row, size_t classes) {
  auto* p = b.probabilities.data() + row * classes;
  return static_cast<size_t>(std::max_element(p, p + classes) - p);
}

json prediction_json(const batch& b,
                     size_t row,
                     const std::vector<std::string>& classes) {
  json probabilities = json::object();
  for (size_t c = 0; c < classes.size(); ++c)
    probabilities[classes[c]] = b.probabilities[row * classes.size() + c];
  return {{"label", classes[best_class(b, row, classes.size())]},
          {"probabilities", std::move(probabilities)}};
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
    auto model = load(self, record.blob);
    question<Reply> q = ask(record, model);
    auto b = std::make_shared<batch>();
    b->fail = [promise](const caf::error& e) mutable { promise.deliver(e); };
    b->done = [promise, reply = std::move(q.reply)](batch& all) mutable {
      promise.deliver(reply(all));
    };
    infer(self, model, q.features, q.rows, b);
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
      auto request = parse_data(x.data, *links.names, *links.store);
      auto table = load_table(request, *links.store, &model->pipeline.schema);
      auto set = model->pipeline.transform(table);
      question<json_reply> q{std::move(set.features), set.rows, {}};
      q.reply = [labels = std::move(set.labels), rows = set.rows, record,
                 data = models::to_json(table.report), model](batch& all) {
        auto report =
          models::evaluate(labels, all.probabilities, model->classes.size());
        return json_reply{{{"model", record.name},
                           {"version", record.version},
                           {"rows", rows},
                           {"classes", model->classes},
                           {"data", data},
                           {"metrics", metrics_json(report, "")}}};
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

/// The features of what the body holds: rows by hand, or a file.
std::vector<float> features_of(self_ptr self,
                               const served_model& model,
                               const json& body,
                               size_t& rows) {
  auto& links = self->state.links;
  std::vector<float> features;
  if (auto i = body.find("rows"); i != body.end()) {
    if (!i->is_array() || i->empty())
      throw std::invalid_argument{"rows: expected a list of rows"};
    for (auto& row : *i) {
      auto x = model.pipeline.transform_row(cells_of(row, rows++));
      features.insert(features.end(), x.begin(), x.end());
    }
    return features;
  }
  auto i = body.find("data");
  if (i == body.end())
    throw std::invalid_argument{"give 'rows' or 'data'"};
  auto request = parse_data(*i, *links.names, *links.store);
  auto table = load_table(request, *links.store, &model.pipeline.schema,
                          models::label_need::optional);
  if (table.rows > max_rows_answered)
    throw models::data_error{request.data.path + ": has "
                             + std::to_string(table.rows)
                             + " rows; predict at most "
                             + std::to_string(max_rows_answered) + " at once"};
  auto set = model.pipeline.transform(table);
  rows = set.rows;
  return std::move(set.features);
}

caf::result<json_reply> on_predict(self_ptr self, const predict_request& x) {
  return answer<json_reply>(
    self, x.model, [&](const model_record& record, const model_ptr& model) {
      question<json_reply> q;
      q.features = features_of(self, *model, x.body, q.rows);
      q.reply = [rows = q.rows, record, model](batch& all) {
        json predictions = json::array();
        for (size_t row = 0; row < rows; ++row)
          predictions.push_back(prediction_json(all, row, model->classes));
        return json_reply{{{"model", record.name},
                           {"version", record.version},
                           {"predictions", std::move(predictions)}}};
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
        inference result{record, {}, {}};
        for (size_t row = 0; row < rows; ++row)
          result.labels.push_back(
            model->classes[best_class(all, row, model->classes.size())]);
        result.probabilities = std::move(all.probabilities);
        return result;
      };
      return q;
    });
}

} // namespace

caf::behavior serving_actor(self_ptr self, serving_links links) {
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  self->state.links = std::move(links);
  return {
    [self](const evaluate_request& x) { return on_evaluate(self, x); },
    [self](const predict_request& x) { return on_predict(self, x); },
    [self](const infer_request& x) { return on_infer(self, x); },
  };
}

} // namespace roles
