#include <models/core/error.hpp>
#include <models/data/image_steps.hpp>
#include <models/data/pipeline_encoder.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
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

  /// Learns shift and divisor of the number columns.
  void scale(pipeline& p) {
    auto width = t_.schema.columns.size();
    p.shift.assign(width, 0.f);
    p.divisor.assign(width, 1.f);
    if (p.steps.scale == scaling::standard)
      standardise(p);
    if (p.steps.scale == scaling::largest)
      by_largest(p);
    for (size_t i = 0; i < width; ++i) {
      if (t_.schema.columns[i].kind == column_kind::text)
        p.shift[i] = 0, p.divisor[i] = 1;
      else if (p.steps.scale == scaling::robust)
        by_quartiles(p, i);
      else if (p.steps.scale == scaling::minmax)
        by_range(p, i);
    }
  }

private:
  /// Mean and deviation of all columns, row by row.
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
    for (size_t i = 0; i < width; ++i) {
      p.shift[i] = static_cast<float>(sum[i]);
      if (low[i] < high[i])
        divide(p, i, std::sqrt(squares[i] / count));
    }
  }

  void by_largest(pipeline& p) const {
    double largest = 0;
    each_row([&](const float* x) {
      for (size_t i = 0; i < p.divisor.size(); ++i)
        if (t_.schema.columns[i].kind == column_kind::number && x[i] == x[i])
          largest = std::max(largest, std::abs(double{x[i]}));
    });
    for (size_t i = 0; i < p.divisor.size(); ++i)
      divide(p, i, largest);
  }

  void by_range(pipeline& p, size_t column) {
    take(column, &p.fill[column]);
    auto [low, high] = std::minmax_element(values_.begin(), values_.end());
    p.shift[column] = *low;
    divide(p, column, double{*high} - *low);
  }

  void by_quartiles(pipeline& p, size_t column) {
    take(column, &p.fill[column]);
    std::sort(values_.begin(), values_.end());
    p.shift[column] = static_cast<float>(quantile(0.5));
    divide(p, column, quantile(0.75) - quantile(0.25));
  }

  /// Of the sorted values, linear between neighbours: R's type 7.
  double quantile(double q) const {
    auto place = q * static_cast<double>(values_.size() - 1);
    auto below = static_cast<size_t>(place);
    auto above = std::min(below + 1, values_.size() - 1);
    double low = values_[below];
    return low + (place - static_cast<double>(below)) * (values_[above] - low);
  }

  /// A divisor that is not normal would be flushed to zero by the workers.
  static void divide(pipeline& p, size_t column, double by) {
    if (auto divisor = static_cast<float>(by); std::isnormal(divisor))
      p.divisor[column] = divisor;
  }

  /// Copies a column to `values_`; gaps are filled, or left out.
  void take(size_t column, const float* fill) {
    values_.clear();
    each_row([&](const float* x) {
      if (x[column] == x[column])
        values_.push_back(x[column]);
      else if (fill != nullptr)
        values_.push_back(*fill);
    });
  }

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
    take(column, nullptr);
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

/// Refuses steps that the table has no images for.
void check_steps(const table& t, const preparation& steps) {
  if ((steps.center || steps.deskew) && t.schema.image[0] == 0)
    throw std::invalid_argument(
      "center, deskew: these data are no images; give IDX files, or leave it "
      "out");
}

/// The training rows with their images upright and centred.
table prepared_images(const table& t,
                      std::span<const uint32_t> rows,
                      const preparation& steps) {
  table result;
  result.schema = t.schema;
  result.rows = rows.size();
  auto width = t.schema.columns.size();
  result.values.resize(rows.size() * width);
  image_size size{t.schema.image[0], t.schema.image[1]};
  std::vector<float> upright(width);
  for (size_t i = 0; i < rows.size(); ++i) {
    std::span in{t.values.data() + size_t{rows[i]} * width, width};
    std::span out{result.values.data() + i * width, width};
    if (steps.deskew)
      deskew(in, size, upright);
    else
      std::copy(in.begin(), in.end(), upright.begin());
    if (steps.center)
      center(upright, size, out);
    else
      std::copy(upright.begin(), upright.end(), out.begin());
  }
  return result;
}

void project(pipeline& p, const table& t, std::span<const uint32_t> rows) {
  auto width = p.encoded();
  if (width > pca::max_inputs) // before a matrix of them is made
    fit_pca({}, width, p.steps.pca);
  encoder encode(p, false);
  std::vector<float> features(rows.size() * width);
  for (size_t i = 0; i < rows.size(); ++i)
    if (!encode.row(t.values.data() + rows[i] * p.schema.columns.size(),
                    features.data() + i * width))
      throw data_error(t.report.path
                       + ": a value too large for the model's "
                         "scale");
  p.projection = fit_pca(features, width, p.steps.pca);
}

} // namespace

pipeline fit_pipeline(const table& t,
                      std::span<const uint32_t> train,
                      const preparation& steps) {
  check_steps(t, steps);
  fitter plain(t, train); // checks the rows
  pipeline p;
  p.schema = t.schema;
  p.steps = steps;
  std::optional<table> images;
  std::vector<uint32_t> all;
  auto needed =
    steps.scale != scaling::none && steps.scale != scaling::divide255;
  if (needed && (steps.center || steps.deskew)) {
    images = prepared_images(t, train, steps);
    all.resize(train.size());
    std::iota(all.begin(), all.end(), 0u);
  }
  auto fit = images ? fitter(*images, all) : std::move(plain);
  p.fill = fit.fills(steps.missing);
  if (needed)
    fit.scale(p);
  if (steps.pca > 0)
    project(p, t, train);
  return p;
}

pipeline fit_pipeline(const table& t,
                      std::span<const uint32_t> train,
                      scaling scale,
                      missing_policy missing) {
  preparation steps;
  steps.scale = scale;
  steps.missing = missing;
  return fit_pipeline(t, train, steps);
}

} // namespace models
