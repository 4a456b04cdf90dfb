#include <shell/jobs/card.hpp>
#include <shell/jobs/data_report.hpp>
#include <shell/jobs/record.hpp>
#include <shell/jobs/scores.hpp>
#include <shell/net/fields.hpp>
#include <shell/text/draw.hpp>
#include <shell/text/table.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <algorithm>
#include <cmath>
#include <ostream>

namespace lepton_shell {

namespace {

void line(context& c, std::string_view name, std::string_view value) {
  if (value.empty())
    return;
  c.out << "  " << c.look.paint(tone::dim, pad_right(name, 10)) << "  " << value
        << '\n';
}

std::string progress_text(const json& record) {
  auto step = number_of(record, "step");
  auto steps = number_of(record, "steps");
  auto text = "epoch " + count_of(record, "epoch") + " of "
              + count_of(record, "epochs") + ", step "
              + count_of(record, "step") + " of " + count_of(record, "steps");
  if (steps > 0 && !is_over(record))
    text = bar(step / steps, 20) + " " + percent(step / steps) + "  " + text;
  return text;
}

std::string data_text(const json& data) {
  auto text = data.is_object() ? text_of(data, "path") : plain(data);
  auto labels = text_of(member(data, "labels"), "path");
  return printable(labels.empty() ? text : text + " with " + labels);
}

void print_head(context& c, const json& record) {
  auto state = printable(text_of(record, "state"));
  c.out << "job " << printable(text_of(record, "id")) << "  "
        << printable(text_of(record, "kind")) << "  "
        << c.look.paint(tone_of_state(state), state);
  auto survived = number_of(record, "restarts");
  if (survived > 0)
    c.out << c.look.paint(tone::warning,
                          "  survived " + count_of(record, "restarts")
                            + (survived == 1 ? " death" : " deaths"));
  c.out << '\n';
}

void print_verdict(context& c, const json& record) {
  auto& verify = member(record, "verify");
  if (!verify.is_object())
    return;
  auto equal = member(verify, "equal") == json(true);
  line(c, "verify",
       c.look.paint(equal ? tone::good : tone::bad,
                    equal ? "the same weights, to the last bit"
                          : "other weights than expected")
         + "  " + printable(text_of(verify, "expected")));
}

/// "accuracy 0.9789 ± 0.0111" of a cross-validation.
void print_folds(context& c, const json& folds) {
  std::string text;
  auto add = [&](const char* name, auto shown) {
    auto& score_of = member(folds, name);
    auto mean = number_of(score_of, "mean");
    if (!std::isnan(mean))
      text += (text.empty() ? "" : "   ")
              + c.look.paint(tone::dim, std::string(name) + " ")
              + c.look.paint(tone::strong, shown(mean)) + " ± "
              + shown(number_of(score_of, "deviation"));
  };
  for (auto name : {"accuracy", "balanced_accuracy", "f1", "r2"})
    add(name, [](double x) { return score(x); });
  for (auto name : {"mae", "rmse"})
    add(name, [](double x) { return figure(x, 4); });
  if (!text.empty())
    line(c, count_of(folds, "count") + " folds", text);
}

} // namespace

std::string model_text(const json& record) {
  if (auto of = text_of(record, "of"); !of.empty())
    return "replay of " + printable(of);
  auto name = printable(text_of(record, "model"));
  auto version = count_of(record, "version");
  auto published = !version.empty() && version != "0";
  return published ? name + "@" + version : name;
}

const json& classes_of(const json& answer) {
  auto& classes = member(answer, "classes");
  return classes.is_array() ? classes
                            : member(member(answer, "metrics"), "classes");
}

bool is_over(const json& record) {
  auto state = text_of(record, "state");
  return state == "succeeded" || state == "failed" || state == "cancelled";
}

void print_metrics(context& c, const json& metrics, const json& classes) {
  print_measures(c, metrics);
  print_folds(c, member(metrics, "folds"));
  for (auto& text : texts_of(member(metrics, "dendrogram")))
    c.out << "  " << printable(text) << '\n';
  print_matrix(c, metrics, classes);
}

void print_outcome(context& c, const json& record) {
  print_head(c, record);
  line(c, "model", c.look.paint(tone::accent, model_text(record)));
  line(c, "stopped at", progress_text(record));
  auto metrics = member(record, "metrics");
  print_data(c, member(metrics, "data"));
  print_measures(c, metrics); // `job ID` shows the matrix
  print_folds(c, member(metrics, "folds"));
  line(c, "weights", printable(text_of(record, "weights_sha256")));
  print_verdict(c, record);
}

void print_job(context& c, const json& record) {
  print_head(c, record);
  line(c, "model", c.look.paint(tone::accent, model_text(record)));
  line(c, "file", data_text(member(record, "data")));
  print_data(c, member(member(record, "metrics"), "data"));
  line(c, "parameters", printable(params_text(member(record, "params"))));
  line(c, "progress", progress_text(record));
  line(c, "weights", printable(text_of(record, "weights_sha256")));
  print_verdict(c, record);
  auto error = printable(text_of(record, "error"));
  line(c, "error", c.look.paint(tone::bad, error));
  auto& metrics = member(record, "metrics");
  print_metrics(c, metrics, classes_of(record));
  print_curves(c, figures_of(record), 7);
}

void print_plots(context& c, const json& record) {
  auto all = figures_of(record);
  print_head(c, record);
  line(c, "model", c.look.paint(tone::accent, model_text(record)));
  line(c, "file", data_text(member(record, "data")));
  print_measures(c, member(record, "metrics"));
  if (all.empty())
    c.out << c.look.paint(tone::dim, "  nothing to draw yet") << '\n';
  print_curves(c, all, 14);
  if (!all.matrix)
    return;
  auto& metrics = member(record, "metrics");
  print_matrix(c, metrics, classes_of(record));
  print_classes(c, *all.matrix);
}

} // namespace lepton_shell
