#include <shell/jobs/measures.hpp>
#include <shell/jobs/record.hpp>
#include <shell/net/fields.hpp>
#include <shell/plots/figures.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace lepton_shell {

namespace {

constexpr auto nan = std::numeric_limits<double>::quiet_NaN();

/// A picture that histories may hold: which members of a point it shows.
struct panel {
  const char* title;
  const char* y_label;
  const char* y_unit;

  struct line {
    const char* member;
    const char* name;
  };

  std::vector<line> lines;
  double sign = 1; ///< what values are multiplied by
};

/// Whether a policy was learned by acting: its loss is what it has earned,
/// negated.
bool earns(const json& record) {
  auto kind = text_of(record, "kind");
  return kind == "qlearning" || kind == "sarsa" || kind == "dqn";
}

const std::vector<panel>& panels_for(const json& record) {
  static const std::vector<panel> of_loss{
    {"Loss", "loss", "", {{"loss", "training"}, {"val_loss", "validation"}}},
    {"Accuracy", "accuracy", "share of rows", {{"val_accuracy", "validation"}}},
  };
  static const std::vector<panel> of_return{
    {"Return", "return", "mean of a round", {{"loss", "training"}}, -1},
  };
  return earns(record) ? of_return : of_loss;
}

size_t finite_points(const curve& c) {
  return static_cast<size_t>(std::count_if(
    c.y.begin(), c.y.end(), [](double y) { return std::isfinite(y); }));
}

curve curve_of(const json& history, const panel::line& line, double sign) {
  curve c{line.name, {}, {}};
  for (auto& point : history) {
    c.x.push_back(number_of(point, "epoch"));
    c.y.push_back(sign * number_of(point, line.member));
  }
  return c;
}

/// Values that differ by more than this factor are told apart on a logarithmic
/// scale only.
constexpr double wide_range = 50;

bool wants_logarithm(const std::vector<curve>& curves) {
  auto low = std::numeric_limits<double>::infinity();
  double high = 0;
  for (auto& c : curves)
    for (auto y : c.y)
      if (std::isfinite(y)) {
        low = std::min(low, y);
        high = std::max(high, y);
      }
  return low > 0 && high > wide_range * low;
}

/// Where the validation was best: these weights are kept.
std::optional<curve_mark> best_of(const curve_figure& f) {
  for (auto& c : f.curves) {
    if (c.name != "validation" || f.title != "Loss")
      continue;
    auto at = std::min_element(c.y.begin(), c.y.end(), [](double a, double b) {
      return std::isfinite(a) && (!std::isfinite(b) || a < b);
    });
    if (at == c.y.end() || !std::isfinite(*at))
      continue;
    auto x = c.x[static_cast<size_t>(at - c.y.begin())];
    return curve_mark{x, *at,
                      "best: " + figure(*at) + " at epoch " + figure(x, 9)};
  }
  return std::nullopt;
}

/// Cross-entropy has a unit, other losses have that of their data.
bool is_classification(const json& record) {
  auto& history = member(record, "history");
  auto is_share = [](const json& point) {
    return !std::isnan(number_of(point, "val_accuracy"));
  };
  return !std::isnan(number_of(member(record, "metrics"), "accuracy"))
         || std::any_of(history.begin(), history.end(), is_share);
}

std::optional<curve_figure> figure_of(const json& history, const panel& p) {
  curve_figure f{p.title, "epoch",      p.y_label, p.y_unit,
                 {},      std::nullopt, false};
  for (auto& line : p.lines) {
    auto c = curve_of(history, line, p.sign);
    if (finite_points(c) >= 2)
      f.curves.push_back(std::move(c));
  }
  if (f.curves.empty())
    return std::nullopt;
  f.mark = best_of(f);
  f.logarithmic = f.title == "Loss" && wants_logarithm(f.curves);
  return f;
}

std::string metrics_text(const json& metrics) {
  auto text = measures_text(metrics);
  auto on = printable(text_of(metrics, "on"));
  return text.empty() || on.empty() ? text : text + " on " + on + " rows";
}

std::string title_of(const json& record) {
  auto model = model_text(record);
  return "job " + printable(text_of(record, "id")) + ": "
         + printable(text_of(record, "kind"))
         + (model.empty() ? "" : ", " + model);
}

double quotient(double a, double b) {
  return b > 0 ? a / b : nan;
}

} // namespace

std::optional<matrix_figure> matrix_of_metrics(const json& metrics,
                                               const json& classes) {
  auto counts = matrix_of(member(metrics, "confusion"));
  for (auto& row : counts)
    if (row.size() != counts.size()
        || std::any_of(row.begin(), row.end(),
                       [](double x) { return !std::isfinite(x) || x < 0; }))
      return std::nullopt;
  if (counts.empty())
    return std::nullopt;
  auto on = printable(text_of(metrics, "on"));
  matrix_figure m{on.empty() ? "Confusion matrix"
                             : "Confusion matrix on " + on + " rows",
                  std::move(counts), texts_of(classes)};
  for (auto& name : m.classes)
    name = printable(name);
  for (auto i = m.classes.size(); i < m.counts.size(); ++i)
    m.classes.push_back(std::to_string(i));
  m.classes.resize(m.counts.size());
  return m;
}

job_figures figures_of(const json& record) {
  job_figures all;
  all.title = title_of(record);
  auto path = printable(text_of(member(record, "data"), "path"));
  if (!path.empty())
    all.remarks.push_back("data: " + path);
  auto& metrics = member(record, "metrics");
  if (auto text = metrics_text(metrics); !text.empty())
    all.remarks.push_back(text);
  auto& history = member(record, "history");
  if (history.is_array())
    for (auto& p : panels_for(record))
      if (auto f = figure_of(history, p)) {
        if (f->title == "Loss" && is_classification(record))
          f->y_unit = "nats";
        if (f->logarithmic)
          f->y_unit += f->y_unit.empty() ? "logarithmic" : ", logarithmic";
        all.curves.push_back(std::move(*f));
      }
  all.matrix = matrix_of_metrics(metrics, classes_of(record));
  return all;
}

std::vector<class_figure> by_class(const matrix_figure& m) {
  std::vector<class_figure> all;
  for (size_t c = 0; c < m.counts.size(); ++c) {
    double truth = 0;
    double said = 0;
    for (size_t i = 0; i < m.counts.size(); ++i) {
      truth += m.counts[c][i];
      said += m.counts[i][c];
    }
    auto hits = m.counts[c][c];
    all.push_back({quotient(hits, said), quotient(hits, truth),
                   quotient(2 * hits, said + truth), truth});
  }
  return all;
}

std::string in_words(const curve_figure& f) {
  std::string text = f.title + ":";
  for (auto& c : f.curves) {
    size_t first = 0;
    while (!std::isfinite(c.y[first]))
      ++first;
    auto last = c.y.size() - 1;
    while (!std::isfinite(c.y[last]))
      --last;
    text += (&c == &f.curves.front() ? " " : "; ") + c.name + " goes from "
            + figure(c.y[first]) + " (" + f.x_label + " "
            + figure(c.x[first], 9) + ") to " + figure(c.y[last]) + " ("
            + f.x_label + " " + figure(c.x[last], 9) + ")";
  }
  return f.mark ? text + "; " + f.mark->text + "." : text + ".";
}

std::string in_words(const matrix_figure& f) {
  double right = 0;
  double all = 0;
  for (size_t i = 0; i < f.counts.size(); ++i)
    for (size_t j = 0; j < f.counts.size(); ++j) {
      all += f.counts[i][j];
      right += i == j ? f.counts[i][j] : 0;
    }
  return f.title + ": " + figure(right, 9) + " of " + figure(all, 9)
         + " rows in " + std::to_string(f.counts.size())
         + " classes were given their class.";
}

} // namespace lepton_shell
