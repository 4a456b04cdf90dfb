#include <shell/jobs/measures.hpp>
#include <shell/jobs/scores.hpp>
#include <shell/net/fields.hpp>
#include <shell/plots/curves_text.hpp>
#include <shell/text/draw.hpp>
#include <shell/text/table.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <ostream>

namespace lepton_shell {

namespace {

constexpr size_t margin = 14; // before the values of a record's lines

std::string share_cell(double share) {
  return std::isnan(share) ? "none" : bar(share, 12) + " " + percent(share);
}

void print_lines(context& c, const std::vector<std::string>& lines) {
  if (!lines.empty())
    c.out << '\n';
  for (auto& line : lines)
    c.out << "  " << line << '\n';
}

bool fits(const std::vector<std::string>& lines, const style& look) {
  constexpr size_t most_classes = 40;
  auto wide = [&](const std::string& line) {
    return look.terminal && width(line) + 2 > look.columns;
  };
  return lines.size() <= most_classes + 1
         && std::none_of(lines.begin(), lines.end(), wide);
}

} // namespace

void print_measures(context& c, const json& metrics) {
  auto on = printable(lepton_shell::text_of(metrics, "on"));
  auto name = on.empty() ? std::string("metrics") : "on " + on;
  std::string line;
  auto flush = [&] {
    if (!line.empty())
      c.out << "  " << c.look.paint(tone::dim, pad_right(name, 10)) << "  "
            << line << '\n';
    line.clear();
    name.clear();
  };
  for (auto& m : measures_in(metrics)) {
    auto text = c.look.paint(tone::dim, printable(m.name) + " ")
                + c.look.paint(tone::strong, text_of(m.meaning, m.value));
    auto room = c.look.terminal ? c.look.columns : 80;
    if (width(line) + width(text) + 3 + margin > room)
      flush();
    line += (line.empty() ? "" : "   ") + text;
  }
  flush();
}

void print_matrix(context& c, const json& metrics, const json& classes) {
  auto m = matrix_of_metrics(metrics, classes);
  if (!m)
    return;
  auto lines = confusion(m->counts, m->classes, c.look);
  if (fits(lines, c.look))
    print_lines(c, lines);
  else
    print_mistakes(c, *m, 10);
}

void print_classes(context& c, const matrix_figure& m) {
  table t({"  class", ">rows", "precision", "recall", ">f1"});
  auto all = by_class(m);
  for (size_t i = 0; i < all.size(); ++i)
    t.add({"  " + shorten(m.classes[i], 20),
           figure(all[i].rows, 9),
           {share_cell(all[i].precision), tone::accent},
           {share_cell(all[i].recall), tone::accent},
           std::isnan(all[i].f1) ? "" : score(all[i].f1)});
  c.out << '\n';
  t.print(c.out, c.look, "no classes");
}

void print_mistakes(context& c, const matrix_figure& m, size_t most) {
  struct mistake {
    double count;
    size_t truth;
    size_t said;
  };

  std::vector<mistake> all;
  for (size_t i = 0; i < m.counts.size(); ++i)
    for (size_t j = 0; j < m.counts.size(); ++j)
      if (i != j && m.counts[i][j] > 0)
        all.push_back({m.counts[i][j], i, j});
  std::stable_sort(all.begin(), all.end(),
                   [](auto& a, auto& b) { return a.count > b.count; });
  all.resize(std::min(all.size(), most));
  if (all.empty())
    return;
  table t({"  most frequent mistakes: true", "said", ">rows", ">of the true"});
  for (auto& x : all) {
    auto& row = m.counts[x.truth];
    auto sum = std::accumulate(row.begin(), row.end(), 0.0);
    t.add({"  " + shorten(m.classes[x.truth], 24),
           {shorten(m.classes[x.said], 24), tone::bad},
           figure(x.count, 9),
           percent(x.count / sum)});
  }
  c.out << '\n';
  t.print(c.out, c.look, "no mistakes");
}

void print_curves(context& c, const job_figures& all, size_t height) {
  auto columns = c.look.terminal ? std::max<size_t>(c.look.columns, 36) : 80;
  for (auto& f : all.curves)
    print_lines(
      c, curves_text(f, std::min<size_t>(columns - 4, 120), height, c.look));
}

} // namespace lepton_shell
