#include <shell/commands/all.hpp>
#include <shell/core/context.hpp>
#include <shell/core/errors.hpp>
#include <shell/jobs/data.hpp>
#include <shell/jobs/data_report.hpp>
#include <shell/net/fields.hpp>
#include <shell/net/local_file.hpp>
#include <shell/text/draw.hpp>
#include <shell/text/table.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <ostream>

namespace lepton_shell {

namespace {

std::string model_path(const std::string& name) {
  return "/models/" + percent_encode(name);
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
  if (prediction.is_null()) {
    c.out << c.look.paint(tone::dim, "no answer: a value is missing") << '\n';
    return;
  }
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
    auto label = p.is_object() ? text_of(p, "label")
                 : p.is_null() ? std::string("-")
                               : plain(p);
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

/// The lines of a CSV text without its header; a quoted field may hold breaks.
class row_counter {
public:
  void take(std::string_view bytes) {
    for (auto c : bytes) {
      quoted_ = quoted_ != (c == '"');
      lines_ += !quoted_ && c == '\n';
    }
  }

  size_t rows() const { return lines_ > 0 ? lines_ - 1 : 0; }

private:
  bool quoted_ = false;
  size_t lines_ = 0;
};

/// Writes a line for each row, in order, to a file or standard output.
int predict_to_file(context& c,
                    const std::string& model,
                    json body,
                    const std::string& path) {
  body["format"] = "csv";
  std::optional<new_file> file; // a refusal leaves no trace
  row_counter counter;
  http_request request;
  request.method = "POST";
  request.path = model_path(model) + "/predict";
  request.body = dump(body);
  request.wait_s = 600;
  request.write = [&](std::string_view bytes) {
    counter.take(bytes);
    if (path == "-") {
      c.out << bytes;
      return;
    }
    if (!file)
      file.emplace(path);
    file->write(bytes);
  };
  c.api.send(std::move(request));
  if (file)
    file->commit();
  if (path == "-")
    return done;
  if (c.wants_json())
    c.print({{"model", model}, {"file", path}, {"rows", counter.rows()}});
  else
    c.out << printable(path) << ": " << counter.rows() << " rows\n";
  return done;
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
  if (args.has("--output"))
    return predict_to_file(c, args.words[0], std::move(body),
                           args.value("--output"));
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

command predict_command() {
  constexpr auto group = "Models";
  auto predict_options = data_options();
  predict_options.insert(predict_options.begin(),
                         {"--input", "FILE|NAME",
                          "a file here, else a stored name",
                          hint::file_or_name});
  predict_options.insert(predict_options.begin() + 1,
                         {"--output", "FILE",
                          "write a CSV line for each row, - to stdout",
                          hint::file});
  return {.name = "predict",
          .group = group,
          .usage = "MODEL (--input FILE|NAME [--output FILE] | VALUES)",
          .summary = "ask a model",
          .details =
            "VALUES are numbers separated by commas or blanks; `;` begins "
            "another row.\n--output keeps the rows' order and number; "
            "with --missing drop a row\nwithout an answer is an empty "
            "line of its commas.\n\n"
            "Examples:\n  lepton predict iris 5.1 3.5 1.4 0.2\n"
            "  lepton predict digits --input rows.csv -o json\n"
            "  lepton predict digits --input rows.csv --output said.csv\n",
          .least = 1,
          .most = 100000,
          .hints = {hint::model, hint::none},
          .options = predict_options,
          .numbers = true,
          .run = predict};
}

} // namespace lepton_shell
