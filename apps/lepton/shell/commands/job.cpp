#include <models/kinds/kind.hpp>
#include <shell/commands/all.hpp>
#include <shell/core/context.hpp>
#include <shell/core/errors.hpp>
#include <shell/jobs/data.hpp>
#include <shell/jobs/record.hpp>
#include <shell/jobs/watch.hpp>
#include <shell/net/fields.hpp>
#include <shell/net/local_file.hpp>
#include <shell/plots/job_svg.hpp>
#include <shell/text/draw.hpp>
#include <shell/text/table.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <algorithm>
#include <ostream>

namespace lepton_shell {

namespace {

/// The parameters of the first word that names a kind.
models::parameter_table parameters_in(std::span<const std::string> words) {
  for (auto& word : words)
    if (auto* kind = models::find_model_kind(word))
      return kind->parameters();
  return {};
}

bool needs_data(const std::string& kind) {
  auto* found = models::find_model_kind(kind);
  return found == nullptr || found->data != models::data_need::optional_text;
}

/// What `train --help` says of the kinds.
const std::string& kinds_text() {
  static const auto text = [] {
    std::string all = "KIND is one of:\n";
    for (auto& kind : models::model_kinds())
      all += "  " + pad_right(kind.name, 11) + std::string(kind.summary) + "\n";
    all += "Data is CSV, or IDX with --labels, plain or gzip. The job goes on\n"
           "without this client; `job ID --watch` looks at it again.\n\n"
           "Examples:\n";
    for (auto& kind : models::model_kinds())
      all += "  lepton train " + std::string(kind.name) + " "
             + std::string(kind.example) + "\n";
    return all;
  }();
  return text;
}

std::vector<option> train_options(std::span<const std::string> words) {
  std::vector<option> options;
  for (auto& row : parameters_in(words)) {
    auto shown = std::string(row.default_json);
    std::erase_if(shown,
                  [](char c) { return c == '"' || c == '[' || c == ']'; });
    options.push_back({models::flag_of(row),
                       std::string(row.metavar),
                       std::string(row.help) + ": " + models::range_of(row)
                         + " (" + shown + ")",
                       hint::none,
                       {row.words.begin(), row.words.end()}});
  }
  return options;
}

json parse_params(const arguments& args) {
  auto params = json::object();
  for (auto& row : parameters_in(args.words)) {
    auto flag = models::flag_of(row);
    if (!args.has(flag))
      continue;
    try {
      params[std::string(row.name)] =
        models::parse_parameter(row, args.value(flag));
    } catch (const std::invalid_argument& e) {
      throw usage_error(std::string("train: ") + e.what());
    }
  }
  return params;
}

int train(context& c, const arguments& args) {
  if (!args.has("--data") && needs_data(args.words[0]))
    throw usage_error("train: --data FILE|NAME is missing");
  json body{{"kind", args.words[0]}};
  if (args.has("--name"))
    body["name"] = args.value("--name");
  auto params = parse_params(args);
  auto options = parse_data_options(args);
  if (args.has("--data"))
    body["data"] =
      resolve_data(c, args.value("--data"), args, std::move(options));
  body["params"] = std::move(params);
  auto answer = c.api.post("/jobs", body);
  auto id = text_of(answer, "job");
  if (id.empty())
    throw refusal("the node's answer lacks \"job\"");
  if (!c.wants_json())
    c.out << "job " << c.look.paint(tone::accent, printable(id)) << '\n'
          << std::flush;
  if (args.has("--watch"))
    return watch_and_report(c, id);
  if (c.wants_json())
    c.print(answer);
  return done;
}

int jobs(context& c, const arguments&) {
  auto list = c.api.get("/jobs");
  if (c.wants_json()) {
    c.print(list);
    return done;
  }
  table t({"job", "kind", "state", ">progress", ">epoch", ">accuracy",
           ">restarts", "model"});
  for (auto& j : list) {
    auto state = text_of(j, "state");
    auto epochs = count_of(j, "epochs");
    auto share = number_of(j, "step") / number_of(j, "steps");
    auto accuracy = number_of(member(j, "metrics"), "accuracy");
    t.add({{text_of(j, "id"), tone::accent},
           text_of(j, "kind"),
           {state, tone_of_state(state)},
           is_over(j) ? "" : percent(share),
           count_of(j, "epoch") + (epochs.empty() ? "" : "/" + epochs),
           std::isnan(accuracy) ? "" : score(accuracy),
           {count_of(j, "restarts"), tone::warning},
           model_text(j)});
  }
  t.print(c.out, c.look, "no jobs yet");
  return done;
}

int cancel(context& c, const std::string& id) {
  auto record = c.api.post("/jobs/" + percent_encode(id) + "/cancel");
  if (c.wants_json())
    c.print(record);
  else
    c.out << "job " << printable(id) << ": "
          << printable(text_of(record, "state")) << '\n';
  return done;
}

int verify(context& c, const std::string& id, bool watch) {
  auto answer = c.api.post("/jobs/" + percent_encode(id) + "/verify");
  auto replay = text_of(answer, "job");
  if (!c.wants_json())
    c.out << "job " << c.look.paint(tone::accent, printable(replay))
          << " replays job " << printable(id) << '\n'
          << std::flush;
  if (watch && !replay.empty())
    return watch_and_report(c, replay);
  if (c.wants_json())
    c.print(answer);
  return done;
}

/// `-` is standard output; then nothing else goes there.
void save_svg(context& c, const json& record, const std::string& path) {
  auto picture = draw_svg(figures_of(record));
  if (path == "-") {
    c.out << picture;
    return;
  }
  new_file file(path);
  file.write(picture);
  file.commit();
  if (!c.wants_json())
    c.out << printable(path) << ": " << bytes_text(double(picture.size()))
          << '\n';
}

int job(context& c, const arguments& args) {
  auto& first = args.words[0];
  if (args.words.size() == 2) {
    if (first == "cancel")
      return cancel(c, args.words[1]);
    if (first == "verify")
      return verify(c, args.words[1], args.has("--watch"));
    throw usage_error("job: expected cancel or verify before the id, got \""
                      + first + "\"");
  }
  if (first == "cancel" || first == "verify")
    throw usage_error("job: the job's id is missing");
  auto draws = args.has("--plot") || args.has("--svg");
  if (args.has("--watch") && !draws)
    return watch_and_report(c, first);
  auto record = args.has("--watch")
                  ? watch_job(c, first)
                  : c.api.get("/jobs/" + percent_encode(first));
  if (args.has("--svg"))
    save_svg(c, record, args.value("--svg"));
  if (c.wants_json())
    c.print(record);
  else if (args.has("--plot"))
    print_plots(c, record);
  else if (!args.has("--svg"))
    print_job(c, record);
  return done;
}

std::vector<option> own_train_options() {
  std::vector<option> options{
    {"--data", "FILE|NAME", "a file here, else a stored name",
     hint::file_or_name},
    {"--name", "MODEL", "name to publish the model by", hint::model},
    {"--watch", "", "follow it to its end; exit 1 unless it succeeds"},
  };
  for (auto& o : data_options())
    options.push_back(std::move(o));
  return options;
}

} // namespace

std::vector<command> job_commands() {
  constexpr auto group = "Jobs";
  std::vector<std::string_view> names;
  for (auto& kind : models::model_kinds())
    names.push_back(kind.name);
  return {
    {.name = "train",
     .group = group,
     .usage = "KIND --data FILE|NAME [options]",
     .summary = "train a model; `train mlp --help` shows its parameters",
     .details = kinds_text(),
     .least = 1,
     .most = 1,
     .verbs = names,
     .needs_verb = true,
     .options = own_train_options(),
     .more_options = train_options,
     .run = train},
    {.name = "jobs",
     .group = group,
     .usage = "",
     .summary = "all jobs, and how far they are",
     .run = jobs},
    {.name = "job",
     .group = group,
     .usage = "ID [--plot] [--svg FILE] | cancel ID | verify ID",
     .summary = "a job's parameters, progress, metrics and curves",
     .details = "verify replays a finished job and compares the weights.\n\n"
                "Examples:\n  lepton job 7\n  lepton job 7 --watch\n"
                "  lepton job 7 --plot\n  lepton job 7 --svg job.svg\n"
                "  lepton job verify 7 --watch\n",
     .least = 1,
     .most = 2,
     .verbs = {"cancel", "verify"},
     .hints = {hint::job, hint::job},
     .options = {{"--watch", "", "follow it to its end"},
                 {"--plot", "", "draw curves, matrix and classes, large"},
                 {"--svg", "FILE", "write these pictures as SVG, - to stdout",
                  hint::file}},
     .run = job},
  };
}

} // namespace lepton_shell
