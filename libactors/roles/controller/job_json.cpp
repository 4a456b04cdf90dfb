#include <roles/controller/job_record.hpp>
#include <roles/controller/strict_json.hpp>

#include <limits>

namespace roles {

using nlohmann::json;

namespace {

json optional_number(const std::optional<double>& value) {
  return value ? json(*value) : json(nullptr);
}

json to_json(const epoch_point& p) {
  return {{"epoch", p.epoch},
          {"loss", p.loss},
          {"val_loss", optional_number(p.val_loss)},
          {"val_accuracy", optional_number(p.val_accuracy)}};
}

epoch_point parse_point(json object, const std::string& origin) {
  record_reader r(std::move(object), origin + ": history");
  epoch_point p;
  p.epoch = r.number("epoch");
  // a loss that was not finite is written as null
  p.loss = r.real_if("loss").value_or(std::numeric_limits<double>::quiet_NaN());
  p.val_loss = r.real_if("val_loss");
  p.val_accuracy = r.real_if("val_accuracy");
  r.done();
  return p;
}

job_checkpoint parse_checkpoint(json object, const std::string& origin) {
  record_reader r(std::move(object), origin + ": checkpoint");
  job_checkpoint c{r.text("blob"), r.number("step"), r.number("epoch")};
  r.done();
  return c;
}

job_verdict parse_verdict(json object, const std::string& origin) {
  record_reader r(std::move(object), origin + ": verify");
  job_verdict v{r.text("expected"), r.flag("equal")};
  r.done();
  return v;
}

job_spec parse_spec(record_reader& r) {
  job_spec s;
  s.kind = r.text("kind");
  s.name = r.text("name");
  s.data = r.object("data");
  s.params = r.object("params");
  s.of = r.text_if("of").value_or("");
  return s;
}

job_record read_job(record_reader& r, const std::string& origin) {
  job_record job;
  job.id = r.text("id");
  job.spec = parse_spec(r);
  auto state = parse_job_state(r.text("state"));
  if (!state)
    throw record_error(origin + ": 'state': not a state");
  job.state = *state;
  job.epoch = r.number("epoch");
  job.epochs = r.number("epochs");
  job.step = r.number("step");
  job.steps = r.number("steps");
  job.metrics = r.object("metrics");
  job.weights_sha256 = r.text("weights_sha256");
  job.model = r.text("model");
  job.version = r.number("version");
  job.restarts = r.number("restarts");
  job.error = r.text_if("error").value_or("");
  job.revision = r.number("revision");
  for (auto& p : r.array("history"))
    job.history.push_back(parse_point(p, origin));
  if (auto c = r.object_if("checkpoint"))
    job.checkpoint = parse_checkpoint(*c, origin);
  if (auto v = r.object_if("verify"))
    job.verify = parse_verdict(*v, origin);
  job.created_ms = r.number("created_ms");
  job.started_ms = r.number("started_ms");
  job.finished_ms = r.number("finished_ms");
  r.done();
  return job;
}

} // namespace

json to_json(const job_record& job) {
  json history = json::array();
  for (auto& p : job.history)
    history.push_back(to_json(p));
  json out{{"id", job.id},
           {"kind", job.spec.kind},
           {"name", job.spec.name},
           {"data", job.spec.data},
           {"params", job.spec.params},
           {"state", to_string(job.state)},
           {"epoch", job.epoch},
           {"epochs", job.epochs},
           {"step", job.step},
           {"steps", job.steps},
           {"metrics", job.metrics},
           {"weights_sha256", job.weights_sha256},
           {"model", job.model},
           {"version", job.version},
           {"restarts", job.restarts},
           {"revision", job.revision},
           {"history", std::move(history)},
           {"created_ms", job.created_ms},
           {"started_ms", job.started_ms},
           {"finished_ms", job.finished_ms}};
  if (!job.spec.of.empty())
    out["of"] = job.spec.of;
  if (!job.error.empty())
    out["error"] = job.error;
  if (auto& c = job.checkpoint)
    out["checkpoint"] = {
      {"blob", c->blob}, {"step", c->step}, {"epoch", c->epoch}};
  if (auto& v = job.verify)
    out["verify"] = {{"expected", v->expected}, {"equal", v->equal}};
  return out;
}

job_record parse_job(std::string_view text, const std::string& origin) {
  try {
    auto r = record_reader::parse(text, origin);
    return read_job(r, origin);
  } catch (const record_error& e) {
    throw job_error(job_errc::corrupt, e.what());
  }
}

json to_json(const model_record& m) {
  return {{"name", m.name},
          {"version", m.version},
          {"kind", m.kind},
          {"job", m.job},
          {"sha256", m.blob},
          {"bytes", m.bytes},
          {"weights_sha256", m.weights_sha256},
          {"metrics", m.metrics},
          {"created", m.created_ms},
          {"inputs", m.inputs},
          {"classes", m.classes},
          {"params", m.params},
          {"data", m.data}};
}

model_record parse_model(std::string_view text, const std::string& origin) {
  try {
    auto r = record_reader::parse(text, origin);
    model_record m;
    m.name = r.text("name");
    m.version = r.number("version");
    m.kind = r.text("kind");
    m.job = r.text("job");
    m.blob = r.text("sha256");
    m.bytes = static_cast<uint64_t>(r.number("bytes"));
    m.weights_sha256 = r.text("weights_sha256");
    m.metrics = r.object("metrics");
    m.created_ms = r.number("created");
    m.inputs = r.number("inputs");
    m.classes = r.texts("classes");
    m.params = r.object_if("params").value_or(json::object());
    m.data = r.object_if("data").value_or(json::object());
    r.done();
    return m;
  } catch (const record_error& e) {
    throw job_error(job_errc::corrupt, e.what());
  }
}

} // namespace roles
