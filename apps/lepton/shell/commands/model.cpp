#include <shell/commands/all.hpp>
#include <shell/core/context.hpp>
#include <shell/core/errors.hpp>
#include <shell/jobs/data.hpp>
#include <shell/jobs/data_report.hpp>
#include <shell/jobs/record.hpp>
#include <shell/net/fields.hpp>
#include <shell/text/draw.hpp>
#include <shell/text/table.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <charconv>
#include <cmath>
#include <ostream>

namespace lepton_shell {

namespace {

void print_models(context& c, const json& list) {
  table t({"model", ">version", "kind", ">inputs", ">classes", ">size",
           ">accuracy", ">f1", "job", "created"});
  for (auto& m : list) {
    auto& metrics = member(m, "metrics");
    auto created = time_of(member(m, "created"));
    t.add({{text_of(m, "name"), tone::accent},
           count_of(m, "version"),
           text_of(m, "kind"),
           count_of(m, "inputs"),
           std::to_string(texts_of(member(m, "classes")).size()),
           bytes_text(number_of(m, "bytes")),
           score(number_of(metrics, "accuracy")),
           score(number_of(metrics, "f1")),
           text_of(m, "job"),
           {std::isnan(created) ? text_of(m, "created") : ago(created, now_s()),
            tone::dim}});
  }
  t.print(c.out, c.look, "no models yet");
}

void line(context& c, const char* name, const std::string& value) {
  if (!value.empty())
    c.out << "  " << c.look.paint(tone::dim, pad_right(name, 10)) << "  "
          << printable(value) << '\n';
}

void print_model(context& c, const json& m) {
  c.out << c.look.paint(tone::accent, printable(text_of(m, "name"))) << '@'
        << count_of(m, "version") << "  " << printable(text_of(m, "kind"))
        << "  " << bytes_text(number_of(m, "bytes")) << '\n';
  line(c, "inputs", count_of(m, "inputs"));
  line(c, "classes", joined(member(m, "classes"), ", "));
  line(c, "job", text_of(m, "job"));
  line(c, "file", text_of(m, "sha256"));
  line(c, "weights", text_of(m, "weights_sha256"));
  print_data(c, member(member(m, "metrics"), "data"));
  print_metrics(c, member(m, "metrics"), member(m, "classes"));
}

std::string model_path(const std::string& name) {
  return "/models/" + percent_encode(name);
}

int models(context& c, const arguments& args) {
  auto one = !args.words.empty();
  auto answer = c.api.get(one ? model_path(args.words[0]) : "/models");
  if (c.wants_json())
    c.print(answer);
  else if (one)
    print_model(c, answer);
  else
    print_models(c, answer);
  return done;
}

int evaluate(context& c, const arguments& args) {
  if (!args.has("--data"))
    throw usage_error("evaluate: --data FILE|NAME is missing");
  auto options = parse_data_options(args);
  json body{
    {"data", resolve_data(c, args.value("--data"), args, std::move(options))}};
  auto answer = c.api.post(model_path(args.words[0]) + "/evaluate", body, 600);
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
  auto& classes = member(answer, "classes").is_array()
                    ? member(answer, "classes")
                    : member(metrics, "classes");
  print_metrics(c, metrics, classes);
  return done;
}

/// Numbers separated by commas or blanks; `;` begins another row.
json parse_rows(std::span<const std::string> words) {
  json rows = json::array({json::array()});
  std::string text;
  for (auto& word : words)
    text += word + " ";
  size_t at = 0;
  while (at < text.size()) {
    auto next = text.find_first_of(" ,;\t", at);
    auto number = text.substr(at, next - at);
    double x = 0;
    auto end = number.data() + number.size();
    auto [stop, error] = std::from_chars(number.data(), end, x);
    if (!number.empty()
        && (error != std::errc{} || stop != end || !std::isfinite(x)))
      throw usage_error("predict: expected a number, got \"" + number + "\"");
    if (!number.empty())
      rows.back().push_back(x);
    if (next == std::string::npos)
      break;
    if (text[next] == ';' && !rows.back().empty())
      rows.push_back(json::array());
    at = next + 1;
  }
  if (rows.back().empty())
    rows.erase(rows.size() - 1);
  if (rows.empty())
    throw usage_error("predict: no values given");
  return rows;
}

struct guess {
  std::string label;
  double probability = 0;
};

std::vector<guess> ranked(const json& prediction) {
  std::vector<guess> all;
  auto& probabilities = member(prediction, "probabilities");
  if (probabilities.is_object()) {
    for (auto& [label, p] : probabilities.items())
      all.push_back({label, p.is_number() ? p.get<double>() : 0});
  }
  std::stable_sort(all.begin(), all.end(), [](auto& a, auto& b) {
    return a.probability > b.probability;
  });
  return all;
}

/// One prediction with its best classes as bars.
void print_prediction(context& c, const json& prediction) {
  if (!prediction.is_object()) {
    c.out << printable(plain(prediction)) << '\n';
    return;
  }
  c.out << c.look.paint(tone::strong, printable(text_of(prediction, "label")))
        << '\n';
  auto all = ranked(prediction);
  all.resize(std::min<size_t>(all.size(), 5));
  for (auto& g : all)
    c.out << "  " << pad_right(shorten(printable(g.label), 16), 16) << ' '
          << c.look.paint(tone::accent, bar(g.probability, 24)) << ' '
          << pad_left(percent(g.probability), 8) << '\n';
}

/// Many predictions, a row each.
void print_predictions(context& c, const json& list) {
  table t({">row", "label", "sure", ">", "next"});
  size_t row = 0;
  for (auto& p : list) {
    auto all = ranked(p);
    auto first = all.empty() ? 0 : all[0].probability;
    auto label = p.is_object() ? text_of(p, "label") : plain(p);
    t.add(
      {std::to_string(++row),
       {label, tone::strong},
       {all.empty() ? "" : bar(first, 10), tone::accent},
       all.empty() ? "" : percent(first),
       {all.size() < 2 ? "" : all[1].label + " " + percent(all[1].probability),
        tone::dim}});
  }
  t.print(c.out, c.look, "no rows");
}

int predict(context& c, const arguments& args) {
  auto has_values = args.words.size() > 1;
  if (has_values == args.has("--input"))
    throw usage_error("predict: expected either --input FILE or VALUES");
  json body;
  if (has_values) {
    body["rows"] = parse_rows(std::span(args.words).subspan(1));
  } else {
    auto options = parse_data_options(args);
    body["data"] =
      resolve_data(c, args.value("--input"), args, std::move(options));
  }
  auto answer = c.api.post(model_path(args.words[0]) + "/predict", body, 600);
  if (c.wants_json()) {
    c.print(answer);
    return done;
  }
  print_data(c, member(answer, "data"));
  auto& list = member(answer, "predictions");
  if (list.size() > 3)
    print_predictions(c, list);
  else
    for (auto& p : list)
      print_prediction(c, p);
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
  auto predict_options = data_options();
  predict_options.insert(predict_options.begin(),
                         {"--input", "FILE|NAME",
                          "a file here, else a stored name",
                          hint::file_or_name});
  return {
    {.name = "models",
     .group = group,
     .usage = "[NAME]",
     .summary = "published models, or one of them",
     .details = "NAME may end in @VERSION.\n",
     .most = 1,
     .hints = {hint::model},
     .run = models},
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
    {.name = "predict",
     .group = group,
     .usage = "MODEL (--input FILE|NAME | VALUES)",
     .summary = "ask a model",
     .details = "VALUES are numbers separated by commas or blanks; `;` begins "
                "another row.\n\n"
                "Examples:\n  lepton predict iris 5.1 3.5 1.4 0.2\n"
                "  lepton predict digits --input rows.csv -o json\n",
     .least = 1,
     .most = 100000,
     .hints = {hint::model, hint::none},
     .options = predict_options,
     .numbers = true,
     .run = predict},
  };
}

} // namespace lepton_shell
