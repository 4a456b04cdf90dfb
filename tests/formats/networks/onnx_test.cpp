#include <models/core/error.hpp>

#include <boost/test/unit_test.hpp>

#include <formats/onnx.hpp>
#include <onnx/onnx_pb.h>
#include <tests/formats/networks/sample.hpp>

using namespace formats;
using namespace formats_test;

namespace {

std::string operators(const models::model_file& model) {
  onnx::ModelProto file;
  BOOST_REQUIRE(file.ParseFromString(onnx_file(model, "m")));
  std::string all;
  for (auto& node : file.graph().node())
    all += (all.empty() ? "" : " ") + node.op_type();
  return all;
}

} // namespace

// What they compute is seen by tests/e2e/test_formats.py.
BOOST_AUTO_TEST_SUITE(onnx_files)

BOOST_AUTO_TEST_CASE(hold_the_layers_in_order) {
  using models::activation;
  using models::output_kind;
  BOOST_TEST(
    operators(sample(network(activation::relu, output_kind::classes, true)))
    == "Sub Div Gemm Relu Gemm Relu Gemm Softmax");
  BOOST_TEST(operators(sample(network(activation::gelu, output_kind::squared)))
             == "Sub Div Gemm Mul Erf Add Mul Mul Gemm Mul Erf Add Mul Mul "
                "Gemm");
  BOOST_TEST(operators(sample(images()))
             == "Sub Div Reshape Transpose Conv Relu MaxPool Conv Relu "
                "AveragePool Transpose Flatten Gemm Relu Gemm Relu Gemm "
                "Softmax");
}

BOOST_AUTO_TEST_CASE(of_models_that_are_no_networks_are_refused) {
  auto model = sample(images());
  model.kind = "kmeans";
  BOOST_CHECK_THROW(onnx_file(model, "m"), models::data_error);
  model.kind = "cnn";
  model.tensors.erase("conv1.bias");
  BOOST_CHECK_THROW(onnx_file(model, "m"), models::data_error);
}

BOOST_AUTO_TEST_SUITE_END()
