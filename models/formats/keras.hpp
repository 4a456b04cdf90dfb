#pragma once

// Sequential models of Keras as HDF5 files (`model.save("x.h5")`).

#include <formats/network_parts.hpp>
#include <string>
#include <string_view>

namespace formats {

/// The bytes of a file that Keras loads: the scaling of the inputs as a batch
/// normalisation that is not trained, principal components as a dense layer,
/// then the layers. Outputs and inputs are named in the attributes
/// `lepton_outputs` and `lepton_inputs`, the way from a data file to the inputs
/// in `lepton_pipeline`.
/// @throws models::data_error for a model that is no network
std::string keras_file(const models::model_file& model,
                       const std::string& name);

/// Reads a sequential model: Dense, Conv2D ("same", step 1, odd kernels),
/// MaxPooling2D, AveragePooling2D, BatchNormalization after a layer without
/// activation, or first as scaling, Normalization, Rescaling, Activation, ReLU,
/// LeakyReLU, Softmax, Flatten, Reshape; dropout is passed over. All hidden
/// layers have one activation. The last layer says what the outputs are:
/// softmax classes, one sigmoid two classes, several of them flags, linear
/// numbers.
/// @param path for errors
/// @throws models::data_error naming the file, and the layer that does not fit
models::model_file read_keras(std::string_view bytes, const std::string& path);

} // namespace formats
