#pragma once
// What the program and tutti-media.so agree on: one function, and a text that both were compiled
// with (version, compiler, hash of the headers between them).

#include "shell/media/media.hpp"

namespace tutti::shell {

inline constexpr const char* kMediaEntry = "tutti_media";
// False when `abi` is not the text the library was compiled with; `media` is then untouched.
using MediaEntry = bool (*)(const char* abi, Media* media);

}  // namespace tutti::shell
