from alembic import context

# migrate.py holds the lock and the transaction: the schema and its revision change together or not at all.
context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
