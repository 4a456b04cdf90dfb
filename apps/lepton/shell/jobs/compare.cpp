#include <shell/jobs/compare.hpp>
#include <shell/net/fields.hpp>
#include <shell/text/units.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace lepton_shell {

namespace {

constexpr auto nan = std::numeric_limits<double>::quiet_NaN();

std::string value_text(const json& value) {
  if (value.is_null())
    return {};
  return value.is_array() ? joined(value, ",") : plain(value);
}

template <class F>
compared_fact fact(std::string name, const std::vector<json>& cards, F value) {
  compared_fact f{std::move(name), {}, false};
  for (auto& card : cards)
    f.values.push_back(value(card));
  f.differs = std::any_of(f.values.begin(), f.values.end(),
                          [&](auto& v) { return v != f.values.front(); });
  return f;
}

std::vector<compared_fact> facts_of(const std::vector<json>& cards) {
  auto text = [](const char* name) {
    return [name](const json& card) { return text_of(card, name); };
  };
  auto count = [](const char* name) {
    return [name](const json& card) { return count_of(card, name); };
  };
  return {
    fact("kind", cards, text("kind")),
    fact("data", cards,
         [](auto& card) { return text_of(member(card, "data"), "path"); }),
    fact("data_sha256", cards,
         [](auto& card) { return text_of(member(card, "data"), "blob"); }),
    fact("inputs", cards, count("inputs")),
    fact("classes", cards,
         [](auto& card) {
           return std::to_string(texts_of(member(card, "classes")).size());
         }),
    fact("bytes", cards, count("bytes")),
    fact("weights_sha256", cards, text("weights_sha256")),
  };
}

/// Every parameter of any of the models whose values differ.
std::vector<compared_fact> params_of(const std::vector<json>& cards) {
  std::vector<std::string> names;
  for (auto& card : cards)
    if (auto& params = member(card, "params"); params.is_object())
      for (auto& [name, value] : params.items())
        if (std::find(names.begin(), names.end(), name) == names.end())
          names.push_back(name);
  std::vector<compared_fact> rows;
  for (auto& name : names) {
    auto row = fact(name, cards, [&](auto& card) {
      return value_text(member(member(card, "params"), name));
    });
    if (row.differs)
      rows.push_back(std::move(row));
  }
  return rows;
}

std::optional<size_t> best_of(const compared_measure& m) {
  auto sign = m.meaning.which == better::higher ? 1.0 : -1.0;
  std::optional<size_t> best;
  size_t figures = 0;
  size_t equals = 0;
  for (size_t i = 0; i < m.values.size(); ++i) {
    if (std::isnan(m.values[i]))
      continue;
    ++figures;
    auto ahead = best ? sign * (m.values[i] - m.values[*best]) : 1;
    equals = ahead > 0 ? 1 : equals + (ahead == 0);
    if (ahead > 0)
      best = i;
  }
  auto clear = m.meaning.which != better::neither && figures > 1 && equals == 1;
  return clear ? best : std::nullopt;
}

std::vector<compared_measure> measures_of(const std::vector<json>& cards) {
  std::vector<compared_measure> rows;
  for (size_t i = 0; i < cards.size(); ++i)
    for (auto& m : measures_in(member(cards[i], "metrics"))) {
      auto row = std::find_if(rows.begin(), rows.end(),
                              [&](auto& r) { return r.name == m.name; });
      if (row == rows.end())
        row = rows.insert(rows.end(), {m.name, m.meaning,
                                       std::vector<double>(cards.size(), nan),
                                       std::nullopt});
      row->values[i] = m.value;
    }
  for (auto& row : rows)
    row.best = best_of(row);
  return rows;
}

/// What decides which rows judged a model.
json judged_rows(const json& card) {
  auto& data = member(card, "data");
  auto& params = member(card, "params");
  auto& metrics = member(card, "metrics");
  return {member(data, "blob"),    member(member(data, "labels"), "blob"),
          member(data, "options"), member(params, "test_split"),
          member(params, "seed"),  member(metrics, "on"),
          member(metrics, "rows")};
}

bool judged_alike(const std::vector<json>& cards) {
  auto first = judged_rows(cards.front());
  return first[0].is_string()
         && std::all_of(cards.begin(), cards.end(),
                        [&](auto& card) { return judged_rows(card) == first; });
}

/// By how much two shares of `rows` rows must differ before chance is an
/// unlikely reason: two standard errors of their difference.
double chance(double a, double b, double rows) {
  return 2 * std::sqrt((a * (1 - a) + b * (1 - b)) / rows);
}

/// The first measure that all models have.
const compared_measure* decisive(const comparison& all) {
  for (auto& m : all.measures)
    if (m.meaning.which != better::neither
        && std::none_of(m.values.begin(), m.values.end(),
                        [](double x) { return std::isnan(x); }))
      return &m;
  return nullptr;
}

double second_best(const compared_measure& m, size_t best) {
  auto sign = m.meaning.which == better::higher ? 1.0 : -1.0;
  auto second = nan;
  for (size_t i = 0; i < m.values.size(); ++i)
    if (i != best && !(sign * m.values[i] <= sign * second))
      second = m.values[i];
  return second;
}

void judge(comparison& all, double rows) {
  auto m = decisive(all);
  if (m == nullptr) {
    all.verdict = "These models have no figure in common.";
    return;
  }
  if (!m->best) {
    all.verdict = "The best models have the same " + m->name + ".";
    return;
  }
  auto first = m->values[*m->best];
  auto second = second_best(*m, *m->best);
  auto figures = m->name + " " + text_of(m->meaning, first) + " against "
                 + text_of(m->meaning, second);
  auto& name = all.models[*m->best];
  if (m->name == "accuracy" && rows > 0
      && std::abs(first - second) < chance(first, second, rows)) {
    all.verdict = "No clear winner: " + name + " is ahead with " + figures
                  + ", but on " + figure(rows, 9) + " rows less than "
                  + score(chance(first, second, rows)) + " may be chance.";
    return;
  }
  all.better = *m->best;
  all.verdict = name + " is better: " + figures + ".";
}

json number_or_null(double x) {
  return std::isnan(x) ? json() : json(x);
}

json facts_json(const std::vector<compared_fact>& facts) {
  auto out = json::object();
  for (auto& f : facts)
    out[f.name] = f.values;
  return out;
}

} // namespace

comparison compare(const std::vector<json>& cards,
                   std::optional<double> rows_of_all) {
  comparison all;
  for (auto& card : cards)
    all.models.push_back(text_of(card, "name") + "@"
                         + count_of(card, "version"));
  all.facts = facts_of(cards);
  all.params = params_of(cards);
  all.measures = measures_of(cards);
  all.same_rows = rows_of_all || judged_alike(cards);
  if (all.same_rows) {
    judge(all, rows_of_all.value_or(
                 number_of(member(cards.front(), "metrics"), "rows")));
  } else {
    for (auto& m : all.measures)
      m.best.reset();
    all.verdict = "Their figures are of different rows and do not compare; "
                  "--data FILE measures all of them on one file.";
  }
  return all;
}

json to_json(const comparison& all) {
  auto measures = json::object();
  for (auto& m : all.measures) {
    auto values = json::array();
    for (auto x : m.values)
      values.push_back(number_or_null(x));
    measures[m.name] = {{"values", values},
                        {"best", m.best ? json(all.models[*m.best]) : json()}};
  }
  return {{"models", all.models},
          {"facts", facts_json(all.facts)},
          {"params", facts_json(all.params)},
          {"metrics", measures},
          {"same_rows", all.same_rows},
          {"better", all.better ? json(all.models[*all.better]) : json()},
          {"verdict", all.verdict}};
}

} // namespace lepton_shell
