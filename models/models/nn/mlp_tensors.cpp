#include <models/core/random.hpp>
#include <models/nn/mlp.hpp>
#include <models/nn/streams.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace models {

namespace {

std::string shape_text(std::span<const size_t> shape) {
  std::string text = "[";
  for (auto n : shape)
    text += (text.size() > 1 ? ", " : "") + std::to_string(n);
  return text + "]";
}

const named_tensor& find(std::span<const named_tensor> tensors,
                         const std::string& name,
                         const std::vector<size_t>& shape) {
  auto i = std::find_if(tensors.begin(), tensors.end(),
                        [&](auto& t) { return t.name == name; });
  if (i == tensors.end())
    throw std::invalid_argument("mlp: no tensor " + name);
  size_t floats = 1;
  for (auto n : shape)
    floats *= n;
  if (i->shape != shape || i->values.size() != floats)
    throw std::invalid_argument("mlp: tensor " + name + " is "
                                + shape_text(i->shape) + ", expected "
                                + shape_text(shape));
  return *i;
}

/// Where the values of a named tensor are in the block: row by row, and a
/// matrix with its columns first.
struct tensor_place {
  std::string name;
  std::vector<size_t> shape;
  size_t offset;   ///< of the first row
  uint32_t rows;   ///< 1 for a vector
  uint32_t stride; ///< floats from row to row
  uint32_t out;    ///< floats of a row that count
};

void add_layer(std::vector<tensor_place>& places,
               const std::string& name,
               std::vector<size_t> shape,
               const parameter_group& group,
               uint32_t out) {
  auto row = [&](const char* what, uint32_t which) {
    places.push_back({name + what,
                      {out},
                      group.offset + size_t{which} * group.stride,
                      1,
                      group.stride,
                      out});
  };
  places.push_back({name + ".weight", std::move(shape), group.offset,
                    group.weights, group.stride, out});
  row(".bias", group.weights);
  if (group.rows == group.weights + 1)
    return;
  row(".norm.weight", group.weights + 1);
  row(".norm.mean", group.weights + 2);
  row(".norm.variance", group.weights + 3);
}

std::vector<tensor_place> places_of(const mlp_layout& layout,
                                    const std::string& prefix) {
  std::vector<tensor_place> places;
  size_t convolutions = 0;
  for (size_t g = 0; g < layout.groups().size(); ++g) {
    auto& group = layout.groups()[g];
    auto at = layout.place_of(g);
    if (at.dense) {
      auto& layer = layout.layers()[at.index];
      add_layer(places, prefix + "layer" + std::to_string(at.index),
                {layer.out, layer.in}, group, layer.out);
      continue;
    }
    auto& stage = layout.front()[at.index];
    add_layer(places, prefix + "conv" + std::to_string(convolutions++),
              {stage.out.channels, stage.layer.size, stage.layer.size,
               stage.in.channels},
              group, stage.out.channels);
  }
  return places;
}

/// Inputs and outputs of a unit: what its first weights' size follows from.
std::pair<uint32_t, uint32_t> fans(const mlp_layout& layout, size_t group) {
  auto at = layout.place_of(group);
  if (at.dense)
    return {layout.layers()[at.index].in, layout.layers()[at.index].out};
  auto& stage = layout.front()[at.index];
  return {stage.weights(),
          stage.layer.size * stage.layer.size * stage.out.channels};
}

} // namespace

std::vector<float> initial_parameters(const mlp_layout& layout, uint64_t seed) {
  std::vector<float> block(layout.parameters());
  auto key = make_key(seed, streams::weights);
  auto act = layout.config().act;
  auto rectifies = act != activation::sigmoid && act != activation::tanh;
  std::vector<float> row;
  uint32_t g = 0;
  for (auto& group : layout.groups()) {
    auto [in, out] = fans(layout, g);
    auto fan = rectifies ? in : in + out;
    auto limit = std::sqrt(6.0f / static_cast<float>(fan));
    auto at = layout.place_of(g);
    auto columns = at.dense ? layout.layers()[at.index].out
                            : layout.front()[at.index].out.channels;
    row.resize(columns);
    for (uint32_t i = 0; i < group.weights; ++i) {
      fill_uniform(row, key, i, g);
      auto to = block.begin() + group.offset + size_t{i} * group.stride;
      std::transform(row.begin(), row.end(), to,
                     [=](float u) { return (2 * u - 1) * limit; });
    }
    if (at.dense && layout.layers()[at.index].norm) {
      auto& layer = layout.layers()[at.index];
      std::fill_n(block.begin() + layer.scale(), columns, 1.0f);
      std::fill_n(block.begin() + layer.variance(), columns, 1.0f);
    }
    ++g;
  }
  return block;
}

std::vector<named_tensor> export_parameters(const mlp_layout& layout,
                                            std::span<const float> block,
                                            const std::string& prefix) {
  if (block.size() != layout.parameters())
    throw std::invalid_argument(
      "mlp: a block of " + std::to_string(block.size()) + " floats, expected "
      + std::to_string(layout.parameters()));
  std::vector<named_tensor> result;
  for (auto& place : places_of(layout, prefix)) {
    named_tensor tensor{place.name, place.shape, {}};
    tensor.values.resize(size_t{place.rows} * place.out);
    for (size_t o = 0; o < place.out; ++o)
      for (size_t i = 0; i < place.rows; ++i)
        tensor.values[o * place.rows + i] =
          block[place.offset + i * place.stride + o];
    result.push_back(std::move(tensor));
  }
  return result;
}

std::vector<float> import_parameters(const mlp_layout& layout,
                                     std::span<const named_tensor> tensors,
                                     const std::string& prefix) {
  std::vector<float> block(layout.parameters());
  for (auto& place : places_of(layout, prefix)) {
    auto& tensor = find(tensors, place.name, place.shape);
    for (size_t o = 0; o < place.out; ++o)
      for (size_t i = 0; i < place.rows; ++i)
        block[place.offset + i * place.stride + o] =
          tensor.values[o * place.rows + i];
  }
  return block;
}

} // namespace models
