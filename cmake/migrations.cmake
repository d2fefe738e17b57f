# Embeds shell/store/migrations into shell/store.
file(GLOB migrations CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/shell/store/migrations/*/*.sql)
add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/migrations.cpp
  COMMAND ${CMAKE_COMMAND} -DIN=${PROJECT_SOURCE_DIR}/shell/store/migrations -DOUT=${PROJECT_BINARY_DIR}/migrations.cpp
          -P ${PROJECT_SOURCE_DIR}/cmake/embed_sql.cmake
  DEPENDS ${migrations} ${PROJECT_SOURCE_DIR}/cmake/embed_sql.cmake VERBATIM)
target_sources(shell_store_objects PRIVATE ${PROJECT_BINARY_DIR}/migrations.cpp)
