#include <models/nn/simd.hpp>
#include <models/parallel/training_block.hpp>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace models {

namespace {

constexpr uint64_t magic = 0x314B434F4C425254; // "TRBLOCK1"
constexpr uint32_t layout_version = 2;
constexpr size_t max_hidden = 16;
constexpr size_t max_front = 16;
constexpr uint32_t max_outputs = 65536;
constexpr size_t cache_line = 64;

static_assert(std::atomic<double>::is_always_lock_free);

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("training block: " + what);
}

/// The request without pointers.
struct packed_config {
  uint32_t inputs;
  uint32_t outputs;
  uint32_t hidden_layers;
  uint32_t hidden[max_hidden];
  float dropout;
  optimizer_config opt;
  activation act;
  uint32_t batch;
  uint32_t epochs;
  uint32_t patience;
  uint32_t shards;
  uint64_t seed;
  uint64_t checkpoint_every;
  schedule_config schedule;
  float clip_norm;
  float clip_value;
  output_kind output;
  uint8_t norm;
  uint8_t weighted;
  image_shape image;
  uint32_t front_layers;
  image_layer front[max_front];
};

static_assert(std::is_trivially_copyable_v<packed_config>);

packed_config pack(const training_config& c) {
  packed_config p{};
  p.inputs = c.net.inputs;
  p.outputs = c.net.outputs;
  p.hidden_layers = static_cast<uint32_t>(c.net.hidden.size());
  std::copy(c.net.hidden.begin(), c.net.hidden.end(), p.hidden);
  p.dropout = c.net.dropout;
  p.opt = c.opt;
  p.act = c.net.act;
  p.batch = c.batch;
  p.epochs = c.epochs;
  p.patience = c.patience;
  p.shards = c.shards;
  p.seed = c.seed;
  p.checkpoint_every = c.checkpoint_every;
  p.schedule = c.schedule;
  p.clip_norm = c.clip_norm;
  p.clip_value = c.clip_value;
  p.output = c.net.output;
  p.norm = c.net.norm;
  p.weighted = !c.class_weights.empty();
  p.image = c.net.image;
  p.front_layers = static_cast<uint32_t>(c.net.front.size());
  std::copy(c.net.front.begin(), c.net.front.end(), p.front);
  return p;
}

training_config unpack(const packed_config& p) {
  if (p.hidden_layers > max_hidden || p.front_layers > max_front)
    refuse("too many layers");
  training_config c;
  c.net = {p.inputs,
           {p.hidden, p.hidden + p.hidden_layers},
           p.outputs,
           p.act,
           p.dropout,
           p.output,
           p.norm != 0,
           p.image,
           {p.front, p.front + p.front_layers}};
  c.opt = p.opt;
  c.batch = p.batch;
  c.epochs = p.epochs;
  c.patience = p.patience;
  c.shards = p.shards;
  c.seed = p.seed;
  c.checkpoint_every = p.checkpoint_every;
  c.schedule = p.schedule;
  c.clip_norm = p.clip_norm;
  c.clip_value = p.clip_value;
  if (p.weighted) // their values lie behind the header
    c.class_weights.resize(std::min(p.outputs, max_outputs));
  return c;
}

void check_rows(row_counts rows) {
  if (rows.train == 0 || rows.sum() > INT32_MAX)
    throw std::invalid_argument("training: " + std::to_string(rows.sum())
                                + " rows, " + std::to_string(rows.train)
                                + " of them to train on");
}

} // namespace

struct training_block::header {
  uint64_t magic;
  uint32_t version;
  uint64_t bytes;
  packed_config config;
  row_counts rows;
  board_words words;
  alignas(cache_line) std::atomic<uint64_t> diverged;
  std::atomic<uint32_t> drops;
};

training_block::training_block(std::span<std::byte> memory,
                               const training_config& config,
                               row_counts rows)
  : memory_(memory),
    config_(config),
    rows_(rows),
    layout_(config.net),
    plan_(config, rows),
    at_(place(config, rows)),
    features_(at<float>(at_.features, 0).data()),
    targets_(at<float>(at_.targets, 0)) {
  // nop
}

training_block::offsets training_block::place(const training_config& config,
                                              row_counts rows) {
  size_t end = sizeof(header);
  auto room = [&](size_t size) {
    auto start = simd::round_up(end, cache_line);
    end = start + size;
    return start;
  };
  mlp_layout layout(config.net);
  phase_plan plan(config, rows);
  auto batch = std::min(config.batch, rows.train);
  auto floats = layout.parameters() * sizeof(float);
  offsets o;
  o.tasks = room(plan.max_tasks() * sizeof(std::atomic<uint64_t>));
  o.step_losses = room(plan.steps() * sizeof(std::atomic<double>));
  o.step_hits = room(plan.steps() * sizeof(std::atomic<uint32_t>));
  o.scores = room(plan.max_tasks() * sizeof(shared_score));
  o.batch_rows = room(batch * sizeof(uint32_t));
  o.row_losses = room(batch * sizeof(float));
  o.row_hits = room(batch * sizeof(uint32_t));
  o.trace = room(batch * layout.trace_floats() * sizeof(float));
  o.state = room(6 * floats);
  o.best = room(floats);
  o.predicted = room(rows.sum() * sizeof(int32_t));
  o.labels = room(rows.sum() * sizeof(int32_t));
  o.features = room(rows.sum() * config.net.inputs * sizeof(float));
  auto numbers = config.net.output == output_kind::classes
                   ? 0
                   : rows.sum() * config.net.outputs * sizeof(float);
  o.outputs = room(numbers);
  o.targets = room(numbers);
  o.class_weights = room(config.class_weights.size() * sizeof(float));
  o.gradient = room(config.clip_norm > 0 ? floats : 0);
  o.lengths = room(plan.slices() * sizeof(double));
  o.end = simd::round_up(end, cache_line);
  return o;
}

size_t training_block::bytes(const training_config& config, row_counts rows) {
  check(config);
  check_rows(rows);
  return place(config, rows).end;
}

training_block training_block::create(std::span<std::byte> memory,
                                      const training_config& config,
                                      const training_set& set) {
  check(config, set);
  auto size = bytes(config, set.rows);
  if (memory.size() < size)
    refuse(std::to_string(memory.size()) + " bytes, needs "
           + std::to_string(size));
  if (reinterpret_cast<uintptr_t>(memory.data()) % cache_line != 0)
    refuse("not aligned to 64 bytes");
  training_block block(memory.first(size), config, set.rows);
  auto& head = *new (memory.data()) header{};
  head.version = layout_version;
  head.bytes = size;
  head.config = pack(config);
  head.rows = set.rows;
  std::copy(set.labels.begin(), set.labels.end(), block.labels().begin());
  std::copy(set.targets.begin(), set.targets.end(),
            block.at<float>(block.at_.targets, 0).data());
  std::copy(config.class_weights.begin(), config.class_weights.end(),
            block.at<float>(block.at_.class_weights, 0).data());
  std::memcpy(memory.data() + block.at_.features, set.features.data(),
              set.features.size_bytes());
  head.magic = magic;
  return block;
}

training_block training_block::attach(std::span<std::byte> memory) {
  if (memory.size() < sizeof(header)
      || reinterpret_cast<uintptr_t>(memory.data()) % cache_line != 0)
    refuse("too small or not aligned to 64 bytes");
  auto& head = *reinterpret_cast<header*>(memory.data());
  if (head.magic != magic)
    refuse("not a training");
  if (head.version != layout_version)
    refuse("layout version " + std::to_string(head.version) + ", expected "
           + std::to_string(layout_version));
  auto config = unpack(head.config);
  auto rows = head.rows;
  auto size = bytes(config, rows);
  if (head.bytes != size || memory.size() < size)
    refuse(std::to_string(memory.size()) + " bytes, needs "
           + std::to_string(size));
  training_block block{memory.first(size), config, rows};
  auto& weights = block.config_.class_weights;
  auto stored = block.at<float>(block.at_.class_weights, weights.size());
  std::copy(stored.begin(), stored.end(), weights.begin());
  return block;
}

training_block::header& training_block::head() const {
  return *reinterpret_cast<header*>(memory_.data());
}

board_words& training_block::words() const {
  return head().words;
}

std::atomic<uint64_t>& training_block::diverged() const {
  return head().diverged;
}

std::atomic<uint32_t>& training_block::drops() const {
  return head().drops;
}

std::span<float> training_block::outputs() const {
  auto classes = config_.net.output == output_kind::classes;
  return at<float>(at_.outputs,
                   classes ? 0 : rows_.sum() * config_.net.outputs);
}

std::span<float> training_block::gradient() const {
  return at<float>(at_.gradient,
                   config_.clip_norm > 0 ? layout_.parameters() : 0);
}

std::span<double> training_block::lengths() const {
  return at<double>(at_.lengths, plan_.slices());
}

task_words training_block::tasks() const {
  return at<std::atomic<uint64_t>>(at_.tasks, plan_.max_tasks());
}

std::span<std::atomic<double>> training_block::step_losses() const {
  return at<std::atomic<double>>(at_.step_losses, plan_.steps());
}

std::span<std::atomic<uint32_t>> training_block::step_hits() const {
  return at<std::atomic<uint32_t>>(at_.step_hits, plan_.steps());
}

std::span<shared_score> training_block::scores() const {
  return at<shared_score>(at_.scores, plan_.max_tasks());
}

std::span<uint32_t> training_block::batch_rows() const {
  return at<uint32_t>(at_.batch_rows, plan_.batch_rows(0));
}

std::span<float> training_block::row_losses() const {
  return at<float>(at_.row_losses, plan_.batch_rows(0));
}

std::span<uint32_t> training_block::row_hits() const {
  return at<uint32_t>(at_.row_hits, plan_.batch_rows(0));
}

mlp_trace training_block::trace(uint32_t batch_rows) const {
  return {at<float>(at_.trace, 0).data(), batch_rows};
}

state_spans training_block::state(uint64_t step) const {
  auto n = layout_.parameters();
  auto offset = at_.state + step % 2 * 3 * n * sizeof(float);
  auto all = at<float>(offset, 3 * n);
  return {all.first(n), all.subspan(n, n), all.subspan(2 * n)};
}

std::span<float> training_block::best() const {
  return at<float>(at_.best, layout_.parameters());
}

std::span<int32_t> training_block::predicted() const {
  return at<int32_t>(at_.predicted, rows_.sum());
}

std::span<int32_t> training_block::labels() const {
  return at<int32_t>(at_.labels, rows_.sum());
}

} // namespace models
