#include <shell/jobs/compare.hpp>
#include <shell/text/table.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>
#include <shell/text/wrap.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ostream>

namespace lepton_shell {

namespace {

constexpr size_t name_columns = 20;

std::string shown(const compared_fact& f, const std::string& value) {
  if (value.empty())
    return "-";
  if (f.name == "bytes") {
    double bytes = 0;
    std::from_chars(value.data(), value.data() + value.size(), bytes);
    return bytes_text(bytes);
  }
  return f.name.ends_with("sha256") ? value.substr(0, 12) : value;
}

/// Keeps the end of a text, where paths differ.
std::string shorten_left(const std::string& text, size_t columns) {
  if (width(text) <= columns)
    return text;
  size_t cut = 0;
  while (width(text.substr(cut)) + 1 > columns
         || (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80)
    ++cut;
  return "…" + text.substr(cut);
}

void add_facts(table& t,
               const std::vector<compared_fact>& facts,
               size_t columns) {
  for (auto& f : facts) {
    std::vector<cell> row{{shorten(f.name, name_columns), tone::dim}};
    for (auto& value : f.values)
      row.emplace_back(shorten_left(printable(shown(f, value)), columns),
                       f.differs ? tone::strong : tone::plain);
    t.add(std::move(row));
  }
}

} // namespace

void print_comparison(context& c, const comparison& all) {
  auto room = c.look.terminal ? c.look.columns : 120;
  auto columns = std::max<size_t>(
    12, (std::max(room, name_columns) - name_columns) / all.models.size() - 2);
  std::vector<std::string> headings{""};
  for (auto& name : all.models)
    headings.push_back(shorten_left(printable(name), columns));
  table t(headings);
  add_facts(t, all.facts, columns);
  add_facts(t, all.params, columns);
  for (auto& m : all.measures) {
    std::vector<cell> row{{shorten(m.name, name_columns), tone::dim}};
    for (size_t i = 0; i < m.values.size(); ++i) {
      auto best = m.best == i;
      row.emplace_back(text_of(m.meaning, m.values[i]) + (best ? " *" : ""),
                       best ? tone::good : tone::plain);
    }
    t.add(std::move(row));
  }
  t.print(c.out, c.look, "no models");
  c.out << '\n';
  for (auto& part : wrapped(printable(all.verdict), room))
    c.out << part << '\n';
}

} // namespace lepton_shell
