#include <shell/commands/all.hpp>
#include <shell/core/context.hpp>
#include <shell/core/errors.hpp>
#include <shell/jobs/card.hpp>
#include <shell/jobs/compare.hpp>
#include <shell/jobs/data.hpp>
#include <shell/jobs/data_report.hpp>
#include <shell/jobs/exchange.hpp>
#include <shell/jobs/measures.hpp>
#include <shell/jobs/record.hpp>
#include <shell/jobs/scores.hpp>
#include <shell/net/fields.hpp>
#include <shell/net/local_file.hpp>
#include <shell/text/draw.hpp>
#include <shell/text/table.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <charconv>
#include <cmath>
#include <optional>
#include <ostream>

namespace lepton_shell {

namespace {

/// The figure that matters most.
std::string quality(const json& metrics) {
  auto all = measures_in(metrics);
  return all.empty()
           ? ""
           : all[0].name + " " + text_of(all[0].meaning, all[0].value);
}

std::string class_count(const json& model) {
  auto n = texts_of(member(model, "classes")).size();
  return n == 0 ? "" : std::to_string(n);
}

void print_models(context& c, const json& list) {
  table t({"model", ">version", "kind", ">inputs", ">classes", ">size",
           "quality", "job", "created"});
  for (auto& m : list) {
    auto created = time_of(member(m, "created"));
    t.add({{text_of(m, "name"), tone::accent},
           count_of(m, "version"),
           text_of(m, "kind"),
           count_of(m, "inputs"),
           class_count(m),
           bytes_text(number_of(m, "bytes")),
           quality(member(m, "metrics")),
           text_of(m, "job"),
           {std::isnan(created) ? text_of(m, "created") : ago(created, now_s()),
            tone::dim}});
  }
  t.print(c.out, c.look, "no models yet");
}

std::string model_path(const std::string& name) {
  return "/models/" + percent_encode(name);
}

int models(context& c, const arguments& args) {
  auto verb = args.words.size() > 1 ? args.words[0] : "";
  if (verb == "export" && args.words.size() == 3)
    return export_model(c, args.words[1], args.words[2]);
  if (verb == "import" && args.words.size() == 2) {
    if (!args.has("--name"))
      throw usage_error("models: import FILE --name MODEL: --name is missing");
    return import_model(c, args.words[1], args.value("--name"));
  }
  if (args.words.size() > 1 || args.has("--name"))
    throw usage_error("models: expected [NAME], export NAME FILE, or import "
                      "FILE --name MODEL");
  auto one = !args.words.empty();
  auto answer = c.api.get(one ? model_path(args.words[0]) : "/models");
  if (c.wants_json())
    c.print(answer);
  else if (one)
    print_card(c, answer);
  else
    print_models(c, answer);
  return done;
}

json evaluation_of(context& c, const std::string& model, const json& data) {
  auto answer =
    c.api.post(model_path(model) + "/evaluate", {{"data", data}}, 600);
  if (!member(answer, "metrics").is_object())
    throw refusal("the node's answer lacks \"metrics\"");
  return answer;
}

json data_of(context& c, const arguments& args) {
  auto options = parse_data_options(args);
  return resolve_data(c, args.value("--data"), args, std::move(options));
}

/// Beside each other, by the figures on their cards or on one file.
int compare_models(context& c, const arguments& args) {
  std::vector<json> cards;
  for (auto& name : args.words)
    cards.push_back(c.api.get(model_path(name)));
  std::optional<double> rows;
  if (args.has("--data")) {
    auto data = data_of(c, args);
    for (size_t i = 0; i < cards.size(); ++i) {
      auto answer = evaluation_of(c, args.words[i], data);
      cards[i]["metrics"] = member(answer, "metrics");
      rows = number_of(answer, "rows");
    }
  }
  auto all = compare(cards, rows);
  if (c.wants_json())
    c.print(to_json(all));
  else
    print_comparison(c, all);
  return done;
}

int evaluate(context& c, const arguments& args) {
  if (!args.has("--data"))
    throw usage_error("evaluate: --data FILE|NAME is missing");
  auto answer = evaluation_of(c, args.words[0], data_of(c, args));
  if (c.wants_json()) {
    c.print(answer);
    return done;
  }
  c.out << c.look.paint(tone::accent, printable(text_of(answer, "model")))
        << '@' << count_of(answer, "version") << " on "
        << count_of(answer, "rows") << " rows of "
        << printable(args.value("--data")) << '\n';
  print_data(c, member(answer, "data"));
  auto& metrics = member(answer, "metrics");
  print_metrics(c, metrics, classes_of(answer));
  if (auto m = matrix_of_metrics(metrics, classes_of(answer)))
    print_classes(c, *m);
  return done;
}

} // namespace

std::vector<command> model_commands() {
  constexpr auto group = "Models";
  auto evaluate_options = data_options();
  evaluate_options.insert(evaluate_options.begin(),
                          {"--data", "FILE|NAME",
                           "a file here, else a stored name",
                           hint::file_or_name});
  auto compare_options = data_options();
  compare_options.insert(compare_options.begin(),
                         {"--data", "FILE|NAME",
                          "measure all of them on this, with known answers",
                          hint::file_or_name});
  return {
    {.name = "models",
     .group = group,
     .usage = "[NAME] | export NAME FILE | import FILE --name MODEL",
     .summary = "published models, or one of them; models as files",
     .details =
       "NAME may end in @VERSION. FILE ends in .safetensors, .h5 (Keras) or\n"
       ".onnx; ONNX is only written.\n\n"
       "Examples:\n  lepton models export digits digits.onnx\n"
       "  lepton models import digits.h5 --name digits\n",
     .most = 3,
     .verbs = {"export", "import"},
     .hints = {hint::model, hint::model, hint::file},
     .options = {{"--name", "MODEL", "import: the model's name", hint::model}},
     .run = models},
    {.name = "compare",
     .group = group,
     .usage = "MODEL MODEL... [--data FILE|NAME]",
     .summary = "models beside each other: what differs, which is better",
     .details = "Figures compare only if they are of the same rows: those of "
                "equal data,\ntest split and seed, or of --data. A lead that "
                "chance may explain is not\ncalled better.\n\n"
                "Examples:\n  lepton compare digits@1 digits@2\n"
                "  lepton compare small large --data test.csv\n",
     .least = 2,
     .most = 20,
     .hints = {hint::model},
     .options = compare_options,
     .run = compare_models},
    {.name = "evaluate",
     .group = group,
     .usage = "MODEL --data FILE|NAME",
     .summary = "measure a model on data with known answers",
     .details = "Example: lepton evaluate digits --data "
                "models/data/digits.csv\n",
     .least = 1,
     .most = 1,
     .hints = {hint::model},
     .options = evaluate_options,
     .run = evaluate},
    predict_command(),
  };
}

} // namespace lepton_shell
