# module(PATH [DEPS module...] [LIBS target...] [TEST_DEPS module...] [TEST_LIBS target...])
#
# One folder, one module: every *.cpp in PATH except *_test.cpp and *_main.cpp (programs) becomes the library NAME
# (PATH with '/' as '_'), and every *_test.cpp one test binary NAME_test. DEPS are other modules, as far as they have
# content yet, LIBS foreign libraries. Modules of core/ are also collected into the archive `machines` (see
# core_archives), and compiled a second time for `mutants`.
set_property(GLOBAL PROPERTY TUTTI_MACHINES "")
set_property(GLOBAL PROPERTY TUTTI_SIGNAL "")
set_property(GLOBAL PROPERTY TUTTI_TESTS "")

function(module path)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS;TEST_DEPS;TEST_LIBS" ${ARGN})
  string(REPLACE "/" "_" name ${path})
  if(NOT IS_DIRECTORY ${PROJECT_SOURCE_DIR}/${path})
    return()  # a module of the architecture that has no content yet
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${path}/*.cpp)
  file(GLOB tests CONFIGURE_DEPENDS ${path}/*_test.cpp)
  list(REMOVE_ITEM sources ${tests})
  list(FILTER sources EXCLUDE REGEX "_main\\.cpp$")
  foreach(dep ${ARG_DEPS} ${ARG_TEST_DEPS})
    if(NOT IS_DIRECTORY ${PROJECT_SOURCE_DIR}/${dep})
      list(REMOVE_ITEM ARG_DEPS ${dep})
      list(REMOVE_ITEM ARG_TEST_DEPS ${dep})
    endif()
  endforeach()
  # The shell stands on the shipped archive; whoever explores chooses between it and `mutants`.
  if(path MATCHES "^(shell|sim)/")
    list(FILTER ARG_DEPS EXCLUDE REGEX "^core/")
  endif()
  string(REPLACE "/" "_" deps "${ARG_DEPS}")
  if(path MATCHES "^shell/")
    list(APPEND deps signal machines)
  endif()
  string(REPLACE "/" "_" test_deps "${ARG_TEST_DEPS}")

  if(sources)
    add_library(${name}_objects OBJECT ${sources})
    target_link_libraries(${name}_objects PUBLIC tutti_flags ${ARG_LIBS})
    add_library(${name} STATIC $<TARGET_OBJECTS:${name}_objects>)
    target_link_libraries(${name} PUBLIC tutti_flags ${ARG_LIBS} ${deps})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE tutti_flags ${ARG_LIBS} ${deps})
  endif()

  if(path MATCHES "^core/(codec|sound|sound/synth|render|player)$" AND sources)
    set_property(GLOBAL APPEND PROPERTY TUTTI_SIGNAL ${name})
    set_property(GLOBAL APPEND PROPERTY TUTTI_SIGNAL_LIBS ${ARG_LIBS})
  elseif(path MATCHES "^core/" AND sources)
    set_property(GLOBAL APPEND PROPERTY TUTTI_MACHINES ${name})
    set_property(GLOBAL APPEND PROPERTY TUTTI_MACHINE_LIBS ${ARG_LIBS})
    add_library(${name}_mutants OBJECT EXCLUDE_FROM_ALL ${sources})
    target_compile_definitions(${name}_mutants PRIVATE TUTTI_MUTANTS)
    target_link_libraries(${name}_mutants PUBLIC tutti_flags ${ARG_LIBS})
  endif()

  if(tests)
    add_executable(${name}_test ${tests} ${PROJECT_SOURCE_DIR}/tests/doctest_main.cpp)
    # Property tests draw their cases with the explorer's generator. It stands in front of the module, whose own core
    # libraries hold what it is made of: the explorer brings none.
    target_link_libraries(${name}_test PRIVATE sim_explore ${name} ${test_deps} ${ARG_TEST_LIBS})
    set_property(GLOBAL APPEND PROPERTY TUTTI_TESTS ${name}_test)
    add_test(NAME ${path} COMMAND ${name}_test)
    set_tests_properties(${path} PROPERTIES TIMEOUT 300)
  endif()
endfunction()

# The shipped core as two archives: `machines`, linked by the server and by the explorer alike, and `signal`, the sample
# arithmetic, which decides nothing and is not rebuilt for a mutation. `mutants` is the machines with every GUARD switchable.
function(core_archives)
  get_property(modules GLOBAL PROPERTY TUTTI_MACHINES)
  get_property(libs GLOBAL PROPERTY TUTTI_MACHINE_LIBS)
  list(REMOVE_DUPLICATES libs)
  list(TRANSFORM modules REPLACE "(.+)" "$<TARGET_OBJECTS:\\1_objects>" OUTPUT_VARIABLE shipped)
  list(TRANSFORM modules REPLACE "(.+)" "$<TARGET_OBJECTS:\\1_mutants>" OUTPUT_VARIABLE mutated)
  add_library(machines STATIC ${shipped})
  target_link_libraries(machines PUBLIC tutti_flags ${libs})
  add_library(mutants STATIC EXCLUDE_FROM_ALL ${mutated})
  target_compile_definitions(mutants PUBLIC TUTTI_MUTANTS)
  target_link_libraries(mutants PUBLIC tutti_flags ${libs})

  get_property(signals GLOBAL PROPERTY TUTTI_SIGNAL)
  get_property(signal_libs GLOBAL PROPERTY TUTTI_SIGNAL_LIBS)
  list(TRANSFORM signals REPLACE "(.+)" "$<TARGET_OBJECTS:\\1_objects>" OUTPUT_VARIABLE signal_objects)
  add_library(signal STATIC ${signal_objects})
  target_link_libraries(signal PUBLIC tutti_flags ${signal_libs} machines)

  # The hash of the archives, not of the sources: what was explored is byte for byte what is shipped.
  add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/core_hash.cpp
    COMMAND ${CMAKE_COMMAND} -DARCHIVES=$<TARGET_FILE:machines>,$<TARGET_FILE:signal> -DOUT=${PROJECT_BINARY_DIR}/core_hash.cpp
            -P ${PROJECT_SOURCE_DIR}/cmake/core_hash.cmake
    DEPENDS machines signal ${PROJECT_SOURCE_DIR}/cmake/core_hash.cmake VERBATIM)
  # Version and commit are looked at in every build and rewritten only when they changed.
  add_custom_target(build_info_step BYPRODUCTS ${PROJECT_BINARY_DIR}/build_info.cpp
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DVERSION=${PROJECT_VERSION} -DOUT=${PROJECT_BINARY_DIR}/build_info.cpp
            -P ${PROJECT_SOURCE_DIR}/cmake/build_info.cmake VERBATIM)
  add_library(core_hash STATIC ${PROJECT_BINARY_DIR}/core_hash.cpp ${PROJECT_BINARY_DIR}/build_info.cpp)
  add_dependencies(core_hash build_info_step)
  target_link_libraries(core_hash PUBLIC tutti_flags)
endfunction()
