#include <models/data/pipeline.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace models {

namespace {

/// Reorders the values.
double median_of(std::span<float> values) {
  auto middle = values.begin() + static_cast<long>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1)
    return *middle;
  auto below = *std::max_element(values.begin(), middle);
  return (static_cast<double>(below) + *middle) / 2;
}

/// The most frequent value, of equals the least. Reorders the values.
double mode_of(std::span<float> values) {
  std::sort(values.begin(), values.end());
  float best = values.front();
  size_t best_count = 0;
  for (size_t i = 0; i < values.size();) {
    auto next = i;
    while (next < values.size() && values[next] == values[i])
      ++next;
    if (next - i > best_count) {
      best = values[i];
      best_count = next - i;
    }
    i = next;
  }
  return best;
}

/// Learns column by column, over a block of rows at a time: a column alone is
/// far apart in memory.
class fitter {
public:
  fitter(const table& t, std::span<const uint32_t> rows) : t_(t), rows_(rows) {
    for (auto row : rows)
      if (row >= t.rows)
        throw std::invalid_argument("pipeline: no row " + std::to_string(row)
                                    + " in a table of "
                                    + std::to_string(t.rows));
    if (rows.empty())
      throw std::invalid_argument("pipeline: no rows to fit it on");
  }

  std::vector<float> fills(missing_policy policy) {
    auto width = t_.schema.columns.size();
    std::vector<float> result(width, 0.f);
    for (size_t i = 0; i < width; ++i) {
      bool text = t_.schema.columns[i].kind == column_kind::text;
      // Without a gap the value is used only if a later file has one.
      if (text || policy == missing_policy::median
          || policy == missing_policy::mode)
        result[i] = order_statistic(i, text, policy);
    }
    if (policy != missing_policy::median && policy != missing_policy::mode)
      mean_fills(result);
    return result;
  }

  void standardise(pipeline& p) const {
    auto width = t_.schema.columns.size();
    std::vector<double> sum(width, 0);
    std::vector<double> squares(width, 0);
    std::vector<float> low(width, std::numeric_limits<float>::max());
    std::vector<float> high(width, std::numeric_limits<float>::lowest());
    each_row([&](const float* x) {
      for (size_t i = 0; i < width; ++i) {
        auto v = x[i] == x[i] ? x[i] : p.fill[i];
        sum[i] += v;
        low[i] = std::min(low[i], v);
        high[i] = std::max(high[i], v);
      }
    });
    auto count = static_cast<double>(rows_.size());
    for (auto& s : sum)
      s /= count; // now the means
    each_row([&](const float* x) {
      for (size_t i = 0; i < width; ++i) {
        auto d = (x[i] == x[i] ? x[i] : p.fill[i]) - sum[i];
        squares[i] += d * d;
      }
    });
    p.mean.assign(width, 0.f);
    p.std.assign(width, 1.f);
    for (size_t i = 0; i < width; ++i) {
      if (t_.schema.columns[i].kind == column_kind::text)
        continue;
      p.mean[i] = static_cast<float>(sum[i]);
      auto deviation = static_cast<float>(std::sqrt(squares[i] / count));
      // Not normal: flushed to zero by the workers, then divided by.
      if (low[i] < high[i] && std::isnormal(deviation))
        p.std[i] = deviation;
    }
  }

private:
  template <class Use>
  void each_row(Use use) const {
    auto width = t_.schema.columns.size();
    for (auto row : rows_)
      use(t_.values.data() + row * width);
  }

  void mean_fills(std::vector<float>& result) const {
    auto width = result.size();
    std::vector<double> sum(width, 0);
    std::vector<size_t> count(width, 0);
    each_row([&](const float* x) {
      for (size_t i = 0; i < width; ++i) {
        bool there = x[i] == x[i];
        sum[i] += there ? x[i] : 0.f;
        count[i] += there;
      }
    });
    for (size_t i = 0; i < width; ++i)
      if (t_.schema.columns[i].kind == column_kind::number && count[i] > 0)
        result[i] = static_cast<float>(sum[i] / static_cast<double>(count[i]));
  }

  float order_statistic(size_t column, bool text, missing_policy policy) {
    values_.clear();
    each_row([&](const float* x) {
      if (x[column] == x[column])
        values_.push_back(x[column]);
    });
    if (values_.empty())
      return 0;
    return static_cast<float>(text || policy == missing_policy::mode
                                ? mode_of(values_)
                                : median_of(values_));
  }

  const table& t_;
  std::span<const uint32_t> rows_;
  std::vector<float> values_;
};

} // namespace

pipeline fit_pipeline(const table& t,
                      std::span<const uint32_t> train,
                      scaling scale,
                      missing_policy missing) {
  pipeline p;
  p.schema = t.schema;
  p.scale = scale;
  p.missing = missing;
  fitter fit(t, train);
  p.fill = fit.fills(missing);
  if (scale == scaling::standard)
    fit.standardise(p);
  return p;
}

} // namespace models
