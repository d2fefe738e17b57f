# tutti-media.so: libav behind one function (shell/media/av), loaded when the first file is decoded. It and the program
# carry the same text, of the version, the compiler and the headers that both see, and refuse to work together otherwise.
set(media_headers core/base/result.hpp core/render/source.hpp core/render/encoder.hpp shell/media/media.hpp shell/media/av/entry.hpp)
set(media_text "")
foreach(header ${media_headers})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${header})
  file(SHA256 ${PROJECT_SOURCE_DIR}/${header} one)
  string(APPEND media_text ${one})
endforeach()
string(SHA256 media_hash "${media_text}")
string(SUBSTRING ${media_hash} 0 16 media_hash)
set(media_abi "${PROJECT_VERSION} ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${TUTTI_SANITIZER} ${media_hash}")

file(GLOB media_sources CONFIGURE_DEPENDS shell/media/av/*.cpp)
add_library(tutti_media SHARED ${media_sources})
target_link_libraries(tutti_media PRIVATE tutti_flags PkgConfig::libav)
target_compile_definitions(tutti_media PRIVATE TUTTI_MEDIA_ABI="${media_abi}")
set_target_properties(tutti_media PROPERTIES PREFIX "" OUTPUT_NAME tutti-media
  CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
set_source_files_properties(shell/media/media.cpp PROPERTIES COMPILE_DEFINITIONS "TUTTI_MEDIA_ABI=\"${media_abi}\"")
add_dependencies(shell_media tutti_media)
