"""The sandbox is as strict as Telegram: rules, delivery, people, failures, controls."""
