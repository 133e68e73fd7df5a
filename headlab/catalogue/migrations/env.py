"""Run by Alembic: migrates over the connection, and in the transaction, of the caller."""

from alembic import context

from headlab.catalogue.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
