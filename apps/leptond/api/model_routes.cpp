// models, evaluate, predict; the Open Inference Protocol.

#include <leptond/api/reply.hpp>
#include <roles/controller/intake.hpp>
#include <roles/controller/state.hpp>
#include <roles/network/serving.hpp>

#include <simdjson.h>

namespace leptond::api {

namespace {

using nlohmann::json;
using roles::model_record;

constexpr uint64_t max_infer_body = uint64_t{64} << 20;

json model_json(const model_record& x) {
  auto result = roles::to_json(x);
  result["created"] = seconds_of(x.created_ms);
  return result;
}

void list(context& ctx, const http::responder& out) {
  ask_json<std::vector<model_record>>(ctx, ctx.state->get(),
                                      roles::list_models{}, promptly, out,
                                      [](auto& models) {
                                        auto result = json::array();
                                        for (auto& x : models)
                                          result.push_back(model_json(x));
                                        return result;
                                      });
}

void import_file(context& ctx,
                 const http::request& req,
                 const http::responder& out) {
  ask_json<model_record>(
    ctx, ctx.intake->get(),
    roles::import_request{req.params.at("name"), http::parse_object(req.body)},
    patiently, out, model_json);
}

void evaluate(context& ctx,
              const http::request& req,
              const http::responder& out) {
  auto body = http::parse_object(req.body);
  ask_json<roles::json_reply>(
    ctx, ctx.evaluation->get(),
    roles::evaluate_request{req.params.at("name"),
                            body.value("data", json::object())},
    patiently, out, [](auto& x) { return std::move(x.body); });
}

/// `"format": "csv"` in the body asks for lines instead of a document.
bool wants_csv(nlohmann::json& body) {
  auto format = body.find("format");
  if (format == body.end())
    return false;
  auto csv = *format == "csv";
  if (!csv && *format != "json")
    throw http::http_error{400, "format: expected \"json\" or \"csv\""};
  body.erase(format);
  return csv;
}

void predict(context& ctx,
             const http::request& req,
             const http::responder& out) {
  auto body = http::parse_object(req.body);
  auto name = req.params.at("name");
  auto csv = wants_csv(body);
  auto& whom = body.contains("rows") ? ctx.serving : ctx.evaluation;
  if (csv) {
    ask<roles::csv_reply>(
      ctx, whom->get(), roles::predict_csv_request{name, std::move(body)},
      patiently, out, [out](roles::csv_reply& x) {
        out.send({200, std::move(x.text), "text/csv; charset=utf-8", {}});
      });
    return;
  }
  ask_json<roles::json_reply>(
    ctx, whom->get(), roles::predict_request{name, std::move(body)}, patiently,
    out, [](auto& x) { return std::move(x.body); });
}

// -- Open Inference Protocol --------------------------------------------------

/// NAME or NAME@VERSION of the path.
std::string model_of(const http::request& req) {
  auto name = req.params.at("name");
  if (auto i = req.params.find("version"); i != req.params.end())
    name += '@' + i->second;
  return name;
}

[[noreturn]] void refuse(const std::string& what) {
  throw http::http_error{400, what};
}

/// Appends the numbers of `data`, nested lists or flat.
void flatten(simdjson::dom::element x, std::vector<float>& to, int depth = 0) {
  if (x.is_array() && depth < 3) {
    simdjson::dom::array items;
    if (x.get_array().get(items) == simdjson::SUCCESS)
      for (auto y : items)
        flatten(y, to, depth + 1);
    return;
  }
  double value = 0;
  if (x.get_double().get(value) != simdjson::SUCCESS)
    refuse("inputs[0].data: expected numbers");
  to.push_back(static_cast<float>(value));
}

struct infer_body {
  std::string id;
  roles::infer_request request;
};

/// The rows of a tensor, whose shape has to fit its values.
size_t rows_of(simdjson::dom::element input, size_t values) {
  simdjson::dom::array shape;
  if (input["shape"].get_array().get(shape) != simdjson::SUCCESS
      || shape.size() != 2)
    refuse("inputs[0].shape: expected [rows, inputs]");
  uint64_t rows = 0;
  uint64_t columns = 0;
  if (shape.at(0).get_uint64().get(rows) != simdjson::SUCCESS
      || shape.at(1).get_uint64().get(columns) != simdjson::SUCCESS || rows == 0
      || columns == 0)
    refuse("inputs[0].shape: expected whole numbers from 1");
  // A quotient: the product of numbers from outside may wrap around.
  if (values % columns != 0 || values / columns != rows)
    refuse("inputs[0]: shape [" + std::to_string(rows) + ", "
           + std::to_string(columns) + "] does not fit "
           + std::to_string(values) + " values");
  return rows;
}

/// @throws http_error 400 naming the field
infer_body parse_infer(const std::string& text) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (auto error = parser.parse(text).get(document))
    refuse(std::string{"not valid JSON: "} + simdjson::error_message(error));
  simdjson::dom::array inputs;
  if (document["inputs"].get_array().get(inputs) != simdjson::SUCCESS
      || inputs.size() != 1)
    refuse("inputs: expected a list of one tensor");
  simdjson::dom::element input;
  if (inputs.at(0).get(input) != simdjson::SUCCESS)
    refuse("inputs[0] is missing");
  std::string_view type;
  if (input["datatype"].get_string().get(type) != simdjson::SUCCESS
      || (type != "FP32" && type != "FP64"))
    refuse("inputs[0].datatype: expected FP32 or FP64");
  simdjson::dom::element data;
  if (input["data"].get(data) != simdjson::SUCCESS)
    refuse("inputs[0].data is missing");
  infer_body body;
  flatten(data, body.request.values);
  body.request.rows = rows_of(input, body.request.values.size());
  std::string_view id;
  if (document["id"].get_string().get(id) == simdjson::SUCCESS)
    body.id = id;
  return body;
}

json infer_json(const roles::inference& x, const std::string& id) {
  auto classes = x.model.classes.size();
  auto rows = classes > 0 ? x.values.size() / classes : 0;
  auto outputs = json::array();
  if (!x.labels.empty())
    outputs.push_back({{"name", "label"},
                       {"datatype", "BYTES"},
                       {"shape", {rows}},
                       {"data", x.labels}});
  outputs.push_back({{"name", x.outputs},
                     {"datatype", "FP32"},
                     {"shape", {rows, classes}},
                     {"data", x.values}});
  json result{{"model_name", x.model.name},
              {"model_version", std::to_string(x.model.version)},
              {"outputs", std::move(outputs)}};
  if (!id.empty())
    result["id"] = id;
  return result;
}

void infer(context& ctx, const http::request& req, const http::responder& out) {
  auto body = parse_infer(req.body);
  body.request.model = model_of(req);
  ask_json<roles::inference>(
    ctx, ctx.serving->get(), std::move(body.request), patiently, out,
    [id = body.id](auto& x) { return infer_json(x, id); });
}

json metadata_json(const model_record& x) {
  auto* kind = models::find_model_kind(x.kind);
  auto meaning = kind ? kind->outputs : models::output_meaning{};
  auto outputs = json::array();
  if (meaning.label != models::output_meaning::choice::none)
    outputs.push_back(
      {{"name", "label"}, {"datatype", "BYTES"}, {"shape", {-1}}});
  outputs.push_back({{"name", meaning.name},
                     {"datatype", "FP32"},
                     {"shape", {-1, x.classes.size()}}});
  return {{"name", x.name},
          {"versions", {std::to_string(x.version)}},
          {"platform", "lepton_" + x.kind},
          {"inputs", json::array({{{"name", "features"},
                                   {"datatype", "FP32"},
                                   {"shape", {-1, x.inputs}}}})},
          {"outputs", std::move(outputs)}};
}

void with_model(context& ctx,
                const http::request& req,
                const http::responder& out,
                json (*to)(const model_record&)) {
  ask_json<model_record>(ctx, ctx.state->get(), roles::get_model{model_of(req)},
                         promptly, out, to);
}

json ready_json(const model_record& x) {
  return {{"name", x.name}, {"ready", true}};
}

} // namespace

void add_model_routes(http::router& routes, context& ctx) {
  routes.add("GET", "/api/v1/models",
             [&ctx](const auto&, const auto& out) { list(ctx, out); });
  routes.add("GET", "/api/v1/models/{name}",
             [&ctx](const auto& req, const auto& out) {
               with_model(ctx, req, out, model_json);
             });
  routes.add(
    "POST", "/api/v1/models/{name}",
    [&ctx](const auto& req, const auto& out) { import_file(ctx, req, out); });
  routes.add(
    "POST", "/api/v1/models/{name}/evaluate",
    [&ctx](const auto& req, const auto& out) { evaluate(ctx, req, out); });
  routes.add(
    "POST", "/api/v1/models/{name}/predict",
    [&ctx](const auto& req, const auto& out) { predict(ctx, req, out); });
}

void add_inference_routes(http::router& routes, context& ctx) {
  routes.add("GET", "/v2", [&ctx](const auto&, const auto& out) {
    out.send(http::json_response({{"name", "lepton"},
                                  {"version", LEPTON_VERSION},
                                  {"node", ctx.config.node.name},
                                  {"extensions", json::array()}}));
  });
  for (std::string path :
       {"/v2/models/{name}", "/v2/models/{name}/versions/{version}"}) {
    routes.add("GET", path, [&ctx](const auto& req, const auto& out) {
      with_model(ctx, req, out, metadata_json);
    });
    routes.add("GET", path + "/ready",
               [&ctx](const auto& req, const auto& out) {
                 with_model(ctx, req, out, ready_json);
               });
    routes.add(
      "POST", path + "/infer",
      [&ctx](const auto& req, const auto& out) { infer(ctx, req, out); },
      max_infer_body);
  }
}

} // namespace leptond::api
