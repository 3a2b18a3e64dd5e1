//! Work for tenants outside of requests.

tenancy_core::on_each_database!(
    jobs,
    crate::contract::set_up,
    each_tenant_is_worked_on_apart,
    so_many_tenants_at_a_time,
    a_tenant_that_leaves_meanwhile_is_refused,
    a_job_reaches_its_tenant_only,
    what_goes_on_is_counted,
);

tenancy_core::on_mariadb!(
    jobs,
    crate::contract::set_up,
    each_tenant_is_worked_on_apart,
    so_many_tenants_at_a_time,
    a_tenant_that_leaves_meanwhile_is_refused,
    a_job_reaches_its_tenant_only,
    what_goes_on_is_counted,
);
